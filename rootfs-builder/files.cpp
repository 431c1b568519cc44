#include "rootfs-builder/files.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <memory>
#include <set>

namespace fs = std::filesystem;

namespace mayfly::rootfs {
namespace {

constexpr std::uint64_t kBlockSize = 4096;
constexpr std::string_view kTemporaryPrefix = "tree-";

// Links are left alone: what they lead to may be the host's.
void add_permissions(const fs::path& folder) {
    std::error_code ignored;
    if (fs::symlink_status(folder, ignored).type() == fs::file_type::directory)
        fs::permissions(folder, fs::perms::owner_all, fs::perm_options::add, ignored);
}

// Folders of packages may lack write permission for their owner; only then does removal fail.
void make_writable(const fs::path& root) {
    std::error_code ignored;
    add_permissions(root);
    for (fs::recursive_directory_iterator at(root, ignored), end; !ignored && at != end; at.increment(ignored))
        add_permissions(at->path());
}

void remove_abandoned(const fs::path& parent) {
    std::error_code error;
    for (fs::directory_iterator at(parent, error), end; !error && at != end; at.increment(error)) {
        if (!at->path().filename().string().starts_with(kTemporaryPrefix)) continue;
        const UniqueFd folder(::open(at->path().c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
        if (folder && ::flock(folder.get(), LOCK_EX | LOCK_NB) == 0) static_cast<void>(remove_tree(at->path()));
    }
}

}  // namespace

Unexpected<Error> file_error(const std::string& what, const fs::path& path, std::error_code code) {
    if (code.value() == ENOSPC || code.value() == EDQUOT)
        return Unexpected(Error{ErrorCode::unavailable, "cannot write " + path.string(), code.value()});
    return Unexpected(Error{ErrorCode::io, what + " " + path.string(), code.value()});
}

Unexpected<Error> errno_error(const std::string& what, const fs::path& path) {
    return file_error(what, path, std::error_code(errno, std::generic_category()));
}

Result<TemporaryDirectory> TemporaryDirectory::create(const fs::path& parent) {
    MF_TRY(make_directories(parent));
    // Held while folders are made and looked through, so that none is taken for abandoned before it is locked.
    const UniqueFd guard(::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!guard || ::flock(guard.get(), LOCK_EX) != 0) return errno_error("cannot lock", parent);
    remove_abandoned(parent);
    std::string name = (parent / (std::string(kTemporaryPrefix) + "XXXXXX")).string();
    if (::mkdtemp(name.data()) == nullptr) return errno_error("cannot make a folder in", parent);
    UniqueFd lock(::open(name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!lock || ::flock(lock.get(), LOCK_EX) != 0) return errno_error("cannot lock", name);
    return TemporaryDirectory{name, std::move(lock)};
}

TemporaryDirectory::~TemporaryDirectory() {
    if (path_.empty()) return;
    try {
        static_cast<void>(remove_tree(path_));
    } catch (const std::bad_alloc&) {  // the next one that is made removes it
    }
}

PendingFile::PendingFile(fs::path target)
    : target_(std::move(target)), path_(target_.string() + ".partial-" + std::to_string(::getpid())) {}

Result<void> PendingFile::check() const {
    if (::access(target_.parent_path().c_str(), W_OK) != 0)
        return errno_error("cannot write into", target_.parent_path());
    return {};
}

PendingFile::~PendingFile() {
    std::error_code ignored;
    if (!committed_) fs::remove(path_, ignored);
}

Result<void> PendingFile::commit() {
    const UniqueFd file(::open(path_.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file) return errno_error("cannot open", path_);
    if (::fsync(file.get()) != 0) return errno_error("cannot write", path_);
    if (::rename(path_.c_str(), target_.c_str()) != 0) return errno_error("cannot make", target_);
    committed_ = true;
    return {};
}

Result<fs::path> absolute_path(const fs::path& path) {
    std::error_code error;
    fs::path result = fs::absolute(path, error);
    if (error) return file_error("cannot find the current folder for", path, error);
    return result;
}

Result<void> make_directories(const fs::path& path) {
    std::error_code error;
    if (path.empty() || fs::is_directory(path, error)) return {};
    MF_TRY(make_directories(path.parent_path()));
    if (::mkdir(path.c_str(), 0755) != 0 && errno != EEXIST) return errno_error("cannot make the folder", path);
    ::chmod(path.c_str(), 0755);  // whatever the umask: modes are part of an image's digest
    return {};
}

Result<void> write_file(const fs::path& path, std::string_view text) {
    MF_TRY(make_directories(path.parent_path()));
    std::error_code ignored;
    fs::remove(path, ignored);  // never written through a link that a package made
    const UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
    if (!file) return errno_error("cannot make", path);
    while (!text.empty()) {
        const ssize_t count = ::write(file.get(), text.data(), text.size());
        if (count < 0) return errno_error("cannot write", path);
        text.remove_prefix(static_cast<std::size_t>(count));
    }
    ::fchmod(file.get(), 0644);  // whatever the umask
    return {};
}

Result<std::string> read_file(const fs::path& path) {
    const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file) return errno_error("cannot open", path);
    std::string text;
    std::array<char, 65536> buffer;
    for (ssize_t count; (count = ::read(file.get(), buffer.data(), buffer.size())) != 0;) {
        if (count < 0) return errno_error("cannot read", path);
        text.append(buffer.data(), static_cast<std::size_t>(count));
    }
    return text;
}

Result<void> make_link(const fs::path& path, const fs::path& target) {
    MF_TRY(make_directories(path.parent_path()));
    std::error_code error;
    fs::remove(path, error);
    fs::create_symlink(target, path, error);
    if (error) return file_error("cannot make the link", path, error);
    return {};
}

Result<void> remove_tree(const fs::path& path) {
    std::error_code error;
    fs::remove_all(path, error);
    if (!error) return {};
    make_writable(path);
    fs::remove_all(path, error);
    if (error) return file_error("cannot remove", path, error);
    return {};
}

Result<void> walk(const fs::path& root, const Visit& visit) {
    std::error_code error;
    std::vector<fs::directory_entry> entries;
    for (fs::directory_iterator at(root, error), end; !error && at != end; at.increment(error)) entries.push_back(*at);
    if (error) return file_error("cannot read the folder", root, error);
    std::sort(entries.begin(), entries.end());
    for (const fs::directory_entry& entry : entries) {
        MF_TRY(visit(entry));
        if (entry.symlink_status(error).type() == fs::file_type::directory) MF_TRY(walk(entry.path(), visit));
    }
    return {};
}

Result<TreeSize> measure(const fs::path& root) {
    TreeSize size;
    std::set<ino_t> seen;
    MF_TRY(walk(root, [&](const fs::directory_entry& entry) -> Result<void> {
        struct stat status;
        if (::lstat(entry.path().c_str(), &status) != 0) return errno_error("cannot read", entry.path());
        ++size.files;
        if (!S_ISREG(status.st_mode) || (status.st_nlink > 1 && !seen.insert(status.st_ino).second)) return {};
        const auto bytes = static_cast<std::uint64_t>(status.st_size);
        size.bytes += (bytes + kBlockSize - 1) / kBlockSize * kBlockSize;
        return {};
    }));
    return size;
}

}  // namespace mayfly::rootfs
