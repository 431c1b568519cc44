#include "runtime/home.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "runtime/names.h"
#include "snapshot/durable_file.h"

namespace mayfly::runtime {
namespace {

namespace fs = std::filesystem;

constexpr const char* kWorkspaceLock = "temporary";  // held shared while a workspace is made, alone to clear

std::string environment(const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr ? value : "";
}

Result<fs::path> default_path() {
    if (const std::string home = environment("MAYFLY_HOME"); !home.empty()) return fs::path(home);
    if (const std::string data = environment("XDG_DATA_HOME"); !data.empty()) return fs::path(data) / "mayfly";
    if (const std::string user = environment("HOME"); !user.empty()) return fs::path(user) / ".local/share/mayfly";
    return fail(ErrorCode::usage, "no place for Mayfly's state: set MAYFLY_HOME or HOME");
}

Error file_error(const std::string& what, std::error_code code) {
    const bool is_full = code == std::errc::no_space_on_device;
    return Error{is_full ? ErrorCode::unavailable : ErrorCode::io, what, code.value()};
}

Result<void> make_folder(const fs::path& path) {
    std::error_code code;
    fs::create_directories(path, code);
    if (code) return Unexpected(file_error("making " + path.string(), code));
    return {};
}

Result<void> flock_fd(int fd, int operation) {
    while (::flock(fd, operation) != 0)
        if (errno != EINTR) return fail_errno(errno == EWOULDBLOCK ? ErrorCode::busy : ErrorCode::io, "locking");
    return {};
}

Result<UniqueFd> open_folder(const fs::path& path) {
    UniqueFd fd{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)};
    if (!fd) return fail_errno(ErrorCode::io, "opening " + path.string());
    return fd;
}

// Packages contain folders that their owner may not write to, and so may not empty.
void make_writable(const fs::path& path) {
    std::error_code code;
    fs::permissions(path, fs::perms::owner_all, fs::perm_options::add, code);
    for (fs::recursive_directory_iterator at(path, code), end; !code && at != end; at.increment(code)) {
        std::error_code ignored;
        if (at->is_directory(ignored) && !at->is_symlink(ignored))
            fs::permissions(at->path(), fs::perms::owner_all, fs::perm_options::add, ignored);
    }
}

void remove_tree(const fs::path& path) {
    std::error_code code;
    fs::remove_all(path, code);
    if (!code) return;
    make_writable(path);
    fs::remove_all(path, code);  // what can't be removed now is tried again at the next start
}

}  // namespace

Workspace::~Workspace() {
    if (!path_.empty()) remove_tree(path_);
}

Result<Home> Home::open(const std::string& path) {
    fs::path chosen = path.empty() ? MF_TRY(default_path()) : fs::path(path);
    std::error_code code;
    Home home{fs::absolute(chosen, code)};
    if (code) return Unexpected(file_error("finding " + chosen.string(), code));
    MF_TRY(home.make_folders());
    home.clear_leftovers();
    return home;
}

Result<void> Home::make_folders() const {
    for (const fs::path& folder : {images(), functions(), temporary(), path_ / "locks"}) MF_TRY(make_folder(folder));
    return {};
}

// Nobody is making a workspace while this holds the lock, so a workspace without a lock has no owner.
void Home::clear_leftovers() const {
    const auto alone = lock_file(kWorkspaceLock, LOCK_EX | LOCK_NB);
    if (!alone) return;  // somebody is at work: the next start will do
    std::error_code code;
    for (const fs::directory_entry& entry : fs::directory_iterator(temporary(), code)) {
        const auto folder = open_folder(entry.path());
        if (folder && !flock_fd(folder->get(), LOCK_EX | LOCK_NB)) continue;
        remove_tree(entry.path());
    }
}

Result<Workspace> Home::workspace() const {
    const UniqueFd making = MF_TRY(lock_file(kWorkspaceLock, LOCK_SH));
    std::string pattern = (temporary() / "XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr)
        return Unexpected(file_error("making a folder in " + temporary().string(), {errno, std::generic_category()}));
    Workspace workspace{pattern, {}};
    workspace.lock_ = MF_TRY(open_folder(workspace.path()));
    MF_TRY(flock_fd(workspace.lock_.get(), LOCK_EX | LOCK_NB));
    return workspace;
}

Result<UniqueFd> Home::lock_file(const std::string& name, int operation) const {
    const fs::path path = path_ / "locks" / name;
    UniqueFd fd{::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644)};
    if (!fd) return Unexpected(file_error("opening " + path.string(), {errno, std::generic_category()}));
    MF_TRY(flock_fd(fd.get(), operation));
    return fd;
}

Result<NameLock> Home::lock_for_change(std::string_view kind, std::string_view name) const {
    auto lock = lock_file(std::string(kind) + "." + std::string(name) + ".change", LOCK_EX | LOCK_NB);
    if (!lock && lock.error().code == ErrorCode::busy)
        return fail(ErrorCode::busy, "another command is working on " + std::string(kind) + " '" + std::string(name) +
                                         "'; wait until it has ended");
    return lock;
}

Result<NameLock> Home::lock_for_open(std::string_view kind, std::string_view name) const {
    return lock_file(std::string(kind) + "." + std::string(name) + ".swap", LOCK_SH);
}

Result<void> Home::publish(std::string_view kind, const fs::path& folder, const fs::path& target) const {
    MF_TRY(snapshot::sync_directory(folder));
    const UniqueFd alone = MF_TRY(lock_file(std::string(kind) + "." + target.filename().string() + ".swap", LOCK_EX));
    const bool is_exchanged = ::renameat2(AT_FDCWD, folder.c_str(), AT_FDCWD, target.c_str(), RENAME_EXCHANGE) == 0;
    if (!is_exchanged && errno == EINVAL) {
        // A file system that can't swap. The old folder goes first; only a crash right here loses the name.
        if (::rename(target.c_str(), (folder.string() + ".old").c_str()) != 0 && errno != ENOENT)
            return fail_errno(ErrorCode::io, "replacing " + target.string());
    }
    if (!is_exchanged && ::rename(folder.c_str(), target.c_str()) != 0)
        return fail_errno(ErrorCode::io, "renaming to " + target.string());
    return snapshot::sync_directory(target.parent_path());
}

Result<void> Home::retire(std::string_view kind, const fs::path& target) const {
    const Workspace workspace = MF_TRY(this->workspace());
    const UniqueFd alone = MF_TRY(lock_file(std::string(kind) + "." + target.filename().string() + ".swap", LOCK_EX));
    if (::rename(target.c_str(), (workspace.path() / "removed").c_str()) != 0)
        return fail_errno(errno == ENOENT ? ErrorCode::not_found : ErrorCode::io, "removing " + target.string());
    return snapshot::sync_directory(target.parent_path());
}

std::vector<std::string> names_in(const fs::path& folder) {
    std::vector<std::string> names;
    std::error_code code;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder, code)) {
        const std::string name = entry.path().filename().string();
        if (entry.is_directory(code) && is_valid_name(name)) names.push_back(name);
    }
    std::sort(names.begin(), names.end());
    return names;
}

}  // namespace mayfly::runtime
