// Path resolution: path_resolution(7).
#pragma once

#include "guest/fs/fs_context.h"

namespace mayfly::guest {

inline constexpr usize kMaxName = 255;
inline constexpr int kMaxSymlinks = 40;

// Takes components off the front of a path without copying it.
class PathComponents {
public:
    explicit PathComponents(std::string_view path) : rest_(path) {}

    // The next component, empty at the end. Slashes before it are skipped.
    std::string_view next();
    // No component follows; there may be slashes.
    bool at_end() const { return rest_.find_first_not_of('/') == std::string_view::npos; }
    bool trailing_slash() const { return !rest_.empty() && at_end(); }
    std::string_view rest() const { return rest_; }

private:
    std::string_view rest_;
};

// What kind of thing the last component of a path is.
enum class LastKind {
    name,
    dot,
    dot_dot,
    root,   // nothing but slashes
    object  // reached through a link of /proc: it has no name here
};

// Where a walk ended: in `directory`, at `name`, which leads to `entry` unless there is no such name.
struct Walked {
    Ref<Dentry> directory;
    std::string_view name;  // into `storage` or the caller's path
    LastKind kind = LastKind::name;
    bool trailing_slash = false;
    Ref<Dentry> entry;  // null: ENOENT
    Ref<File> file;     // instead of entry: an open file without a name (/proc/self/fd/3 of a pipe)
    String storage;
};

// Walks `path` from `start` (or the root, where it is absolute). Symlinks on the way are followed, the
// last component's when follow_last or a trailing slash asks for it. A missing last component is not an
// error, a missing one before it is. `path` must outlive the result.
ErrnoOr<Walked> walk(const FsContext& context, Ref<Dentry> start, std::string_view path, bool follow_last);

// The same for calls that make, move or remove the name itself: a last component that is a symlink is
// never followed, not even for a trailing slash.
ErrnoOr<Walked> walk_to_name(const FsContext& context, Ref<Dentry> start, std::string_view path);

// walk() to something that must be there: ENOENT, and ENOTDIR for "file/".
ErrnoOr<Ref<Dentry>> resolve(const FsContext& context, Ref<Dentry> start, std::string_view path, bool follow_last);

}  // namespace mayfly::guest
