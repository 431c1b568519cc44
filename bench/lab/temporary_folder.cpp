#include "bench/lab/temporary_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>

namespace mayfly::bench {

Result<TemporaryFolder> TemporaryFolder::in(const std::string& home) {
    // While this is held no command clears the folder that is not locked yet.
    const std::string parent = home + "/temporary";
    const UniqueFd no_clearing{::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (!no_clearing || ::flock(no_clearing.get(), LOCK_SH) != 0)
        return fail_errno(ErrorCode::io, parent + " can't be locked");

    std::string path = parent + "/XXXXXX";
    if (::mkdtemp(path.data()) == nullptr) return fail_errno(ErrorCode::io, "no temporary folder in " + home);
    UniqueFd lock{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (!lock || ::flock(lock.get(), LOCK_EX | LOCK_NB) != 0)
        return fail_errno(ErrorCode::io, path + " can't be locked");
    return TemporaryFolder{std::move(path), std::move(lock)};
}

TemporaryFolder::~TemporaryFolder() {
    std::error_code error;  // what is left is cleared when the engine is opened next
    if (!path_.empty()) std::filesystem::remove_all(path_, error);
}

Result<std::string> TemporaryFolder::make_folder(std::string_view name) const {
    std::string path = path_ + "/" + std::string(name);
    if (::mkdir(path.c_str(), 0755) != 0) return fail_errno(ErrorCode::io, path + " can't be made");
    return path;
}

Result<void> TemporaryFolder::write(std::string_view name, std::span<const std::byte> content, mode_t mode) const {
    const std::string path = path_ + "/" + std::string(name);
    const UniqueFd file{::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)};
    if (!file) return fail_errno(ErrorCode::io, path + " can't be written");
    if (::write(file.get(), content.data(), content.size()) != static_cast<ssize_t>(content.size()))
        return fail_errno(ErrorCode::io, path + " can't be written");
    return {};
}

}  // namespace mayfly::bench
