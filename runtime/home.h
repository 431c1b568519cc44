// The state folder and how it stays whole (docs/snapshot-format.md, "The state folder"). What is built is
// built in a temporary folder and appears under its name by one rename.
#pragma once

#include <atomic>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/unique_fd.h"

namespace mayfly::runtime {

// With those it lies in; one that is there already is no error.
Result<void> make_folder(const std::filesystem::path& path);

// A folder below home/temporary, locked while its owner lives and removed with it. What a killed process
// leaves is unlocked, and the next one clears it.
class Workspace {
public:
    Workspace(Workspace&& other) noexcept : path_(std::exchange(other.path_, {})), lock_(std::move(other.lock_)) {}
    Workspace& operator=(Workspace&&) = delete;
    ~Workspace();

    const std::filesystem::path& path() const { return path_; }

private:
    friend class Home;
    Workspace(std::filesystem::path path, UniqueFd lock) : path_(std::move(path)), lock_(std::move(lock)) {}

    std::filesystem::path path_;
    UniqueFd lock_;
};

// Ends with its owner's life or process.
using NameLock = UniqueFd;

class Home {
public:
    // An empty path means the default. Makes what is absent, for this user alone, and clears what killed
    // processes left.
    static Result<Home> open(const std::string& path);
    static Result<std::filesystem::path> default_path();

    const std::filesystem::path& path() const { return path_; }
    std::filesystem::path images() const { return path_ / "images"; }
    std::filesystem::path functions() const { return path_ / "functions"; }
    std::filesystem::path package_cache() const { return path_ / "cache"; }
    std::filesystem::path image(std::string_view name) const { return images() / name; }
    std::filesystem::path function(std::string_view name) const { return functions() / name; }

    Result<Workspace> workspace() const;

    // Held while a name is created, replaced or removed. Fails at once with ErrorCode::busy when another
    // command has it. kind is "image" or "function".
    Result<NameLock> lock_for_change(std::string_view kind, std::string_view name) const;
    // The same lock, as soon as nobody else has it; unavailable when `stop` becomes true before.
    Result<NameLock> wait_for_change(std::string_view kind, std::string_view name, const std::atomic<bool>& stop) const;
    // Held while something is made over this name that needs it later: it can't be removed meanwhile.
    Result<NameLock> lock_for_use(std::string_view kind, std::string_view name) const;
    // Busy while somebody has the one above.
    Result<NameLock> lock_for_removal(std::string_view kind, std::string_view name) const;
    // Keeps the folder of this name from being swapped while its files are opened. Waits for a swap, which
    // takes no time.
    Result<NameLock> lock_for_open(std::string_view kind, std::string_view name) const;

    // Gives `folder` (of a workspace, complete and synced) the name `target`. An older folder there is
    // swapped with it, so that the name is never absent, and goes with the workspace.
    Result<void> publish(std::string_view kind, const std::filesystem::path& folder,
                         const std::filesystem::path& target) const;
    // Takes the folder out of sight, then removes it.
    Result<void> retire(std::string_view kind, const std::filesystem::path& target) const;

private:
    explicit Home(std::filesystem::path path) : path_(std::move(path)) {}
    Result<void> make_folders() const;
    void clear_leftovers() const;
    std::filesystem::path temporary() const { return path_ / "temporary"; }
    Result<std::filesystem::path> move_to_temporary(const std::filesystem::path& folder) const;
    Result<UniqueFd> lock_temporary(int operation) const;
    enum class Access { shared, alone };
    enum class Wait { no, yes };
    Result<NameLock> lock(std::string_view kind, std::string_view name, std::string_view purpose, Access access,
                          Wait wait) const;

    std::filesystem::path path_;
};

// The names of the folders in a folder, sorted; those that can't be ours are passed over.
Result<std::vector<std::string>> names_in(const std::filesystem::path& folder);

}  // namespace mayfly::runtime
