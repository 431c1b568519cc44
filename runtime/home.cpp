#include "runtime/home.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <thread>

#include "base/directory.h"
#include "rootfs-builder/files.h"
#include "runtime/names.h"
#include "snapshot/digest.h"
#include "snapshot/durable_file.h"

namespace mayfly::runtime {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::milliseconds kLockPoll{10};

std::string environment(const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr ? value : "";
}

Error file_error(const std::string& what, std::error_code code) {
    const bool is_full = code == std::errc::no_space_on_device;
    return Error{is_full ? ErrorCode::unavailable : ErrorCode::io, what, code.value()};
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

// What can't be removed now is tried again at the next start.
void remove_tree(const fs::path& path) noexcept {
    try {
        static_cast<void>(rootfs::remove_tree(path));
    } catch (const std::bad_alloc&) {
    }
}

}  // namespace

Result<void> make_folder(const fs::path& path) {
    std::error_code code;
    fs::create_directories(path, code);
    if (code) return Unexpected(file_error("making " + path.string(), code));
    return {};
}

Workspace::~Workspace() {
    if (!path_.empty()) remove_tree(path_);
}

Result<fs::path> Home::default_path() {
    if (const std::string home = environment("MAYFLY_HOME"); !home.empty()) return fs::path(home);
    if (const std::string data = environment("XDG_DATA_HOME"); !data.empty()) return fs::path(data) / "mayfly";
    if (const std::string user = environment("HOME"); !user.empty()) return fs::path(user) / ".local/share/mayfly";
    return fail(ErrorCode::usage, "no place for Mayfly's state: set MAYFLY_HOME or HOME");
}

Result<Home> Home::open(const std::string& path) {
    fs::path chosen = path.empty() ? MF_TRY(default_path()) : fs::path(path);
    if (!chosen.has_filename()) chosen = chosen.parent_path();  // it ends with a slash
    std::error_code code;
    Home home{fs::absolute(chosen, code)};
    if (code) return Unexpected(file_error("finding " + chosen.string(), code));
    MF_TRY(home.make_folders());
    home.clear_leftovers();
    return home;
}

// Environment variables of functions, which may be secrets, and the memory of functions lie in it.
Result<void> Home::make_folders() const {
    MF_TRY(make_folder(path_.parent_path()));
    if (::mkdir(path_.c_str(), 0700) != 0 && errno != EEXIST)
        return Unexpected(file_error("making " + path_.string(), {errno, std::generic_category()}));
    for (const fs::path& folder : {images(), functions(), temporary()}) MF_TRY(make_folder(folder));
    return {};
}

// Nobody is making a workspace while this holds the lock, so a workspace without a lock has no owner.
void Home::clear_leftovers() const {
    const auto alone = lock_temporary(LOCK_EX | LOCK_NB);
    if (!alone) return;  // somebody is at work: the next start will do
    const auto names = entries_of(temporary());
    if (!names) return;  // it will do then too
    for (const std::string& name : *names) {
        const fs::path path = temporary() / name;
        const auto folder = open_folder(path);
        if (folder && !flock_fd(folder->get(), LOCK_EX | LOCK_NB)) continue;
        remove_tree(path);
    }
}

Result<Workspace> Home::workspace() const {
    const UniqueFd making = MF_TRY(lock_temporary(LOCK_SH));
    std::string pattern = (temporary() / "XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr)
        return Unexpected(file_error("making a folder in " + temporary().string(), {errno, std::generic_category()}));
    Workspace workspace{pattern, {}};
    workspace.lock_ = MF_TRY(open_folder(workspace.path()));
    MF_TRY(flock_fd(workspace.lock_.get(), LOCK_EX | LOCK_NB));
    return workspace;
}

// Shared while a workspace is made, alone to clear.
Result<UniqueFd> Home::lock_temporary(int operation) const {
    UniqueFd fd = MF_TRY(open_folder(temporary()));
    MF_TRY(flock_fd(fd.get(), operation));
    return fd;
}

// All locks of names are in one file, each on the byte that a digest of what it locks gives: so names that
// are gone, or never were, leave no files.
Result<NameLock> Home::lock(std::string_view kind, std::string_view name, std::string_view purpose, Access access,
                            Wait wait) const {
    const fs::path path = path_ / "names.lock";
    NameLock lock{::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644)};
    if (!lock) return Unexpected(file_error("opening " + path.string(), {errno, std::generic_category()}));
    const std::string what = std::string(kind) + "/" + std::string(name) + "/" + std::string(purpose);
    struct flock range {};
    range.l_type = access == Access::alone ? F_WRLCK : F_RDLCK;
    range.l_whence = SEEK_SET;
    range.l_start = static_cast<off_t>(snapshot::xxh3(snapshot::bytes_of(what)) >> 2);  // far below the largest off_t
    range.l_len = 1;
    while (::fcntl(lock.get(), wait == Wait::yes ? F_OFD_SETLKW : F_OFD_SETLK, &range) != 0) {
        if (errno == EAGAIN || errno == EACCES) return fail(ErrorCode::busy, what + " is locked");
        if (errno != EINTR) return fail_errno(ErrorCode::io, "locking a part of " + path.string());
    }
    return lock;
}

Result<NameLock> Home::lock_for_change(std::string_view kind, std::string_view name) const {
    auto taken = lock(kind, name, "change", Access::alone, Wait::no);
    if (!taken && taken.error().code == ErrorCode::busy)
        return fail(ErrorCode::busy, "another command is working on " + std::string(kind) + " '" + std::string(name) +
                                         "'; wait until it has ended");
    return taken;
}

Result<NameLock> Home::wait_for_change(std::string_view kind, std::string_view name,
                                       const std::atomic<bool>& stop) const {
    for (;;) {
        auto taken = lock_for_change(kind, name);
        if (taken || taken.error().code != ErrorCode::busy) return taken;
        if (stop) return fail(ErrorCode::unavailable, "interrupted");
        std::this_thread::sleep_for(kLockPoll);
    }
}

Result<NameLock> Home::lock_for_use(std::string_view kind, std::string_view name) const {
    return lock(kind, name, "use", Access::shared, Wait::yes);
}

Result<NameLock> Home::lock_for_removal(std::string_view kind, std::string_view name) const {
    auto taken = lock(kind, name, "use", Access::alone, Wait::no);
    if (!taken && taken.error().code == ErrorCode::busy)
        return fail(ErrorCode::busy,
                    "another command is using " + std::string(kind) + " '" + std::string(name) + "' right now");
    return taken;
}

Result<NameLock> Home::lock_for_open(std::string_view kind, std::string_view name) const {
    return lock(kind, name, "swap", Access::shared, Wait::yes);
}

Result<void> Home::publish(std::string_view kind, const fs::path& folder, const fs::path& target) const {
    MF_TRY(snapshot::sync_directory(folder));
    const NameLock alone = MF_TRY(lock(kind, target.filename().string(), "swap", Access::alone, Wait::yes));
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

// Makes nothing new, so that a full disk can be relieved. Nobody locks what is moved there: if this process
// ends before it is gone, the next one clears it.
Result<fs::path> Home::move_to_temporary(const fs::path& folder) const {
    const std::string prefix = "removed-" + std::to_string(::getpid()) + "-";
    for (int number = 0;; ++number) {
        fs::path moved = temporary() / (prefix + std::to_string(number));
        if (::rename(folder.c_str(), moved.c_str()) == 0) return moved;
        const bool is_taken = errno == ENOTEMPTY || errno == EEXIST;
        if (!is_taken)
            return fail_errno(errno == ENOENT ? ErrorCode::not_found : ErrorCode::io, "removing " + folder.string());
    }
}

Result<void> Home::retire(std::string_view kind, const fs::path& target) const {
    NameLock alone = MF_TRY(lock(kind, target.filename().string(), "swap", Access::alone, Wait::yes));
    const fs::path moved = MF_TRY(move_to_temporary(target));
    MF_TRY(snapshot::sync_directory(target.parent_path()));
    alone.reset();
    remove_tree(moved);
    return {};
}

Result<std::vector<std::string>> names_in(const fs::path& folder) {
    std::vector<std::string> names;
    for (std::string& name : MF_TRY(entries_of(folder))) {
        if (!is_valid_name(name)) continue;
        std::error_code code;
        const fs::file_status status = fs::status(folder / name, code);
        // One that can't be looked at must not count as absent: an image may be in use by it.
        if (code && status.type() != fs::file_type::not_found)
            return Unexpected(file_error("looking at " + (folder / name).string(), code));
        if (fs::is_directory(status)) names.push_back(std::move(name));
    }
    std::sort(names.begin(), names.end());
    return names;
}

}  // namespace mayfly::runtime
