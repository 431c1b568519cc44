#include "bench/temporary_folder.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>

#include "base/unique_fd.h"

namespace mayfly::bench {

Result<TemporaryFolder> TemporaryFolder::in(const std::string& parent) {
    std::string path = parent + "/tmp/bench-XXXXXX";
    std::error_code error;
    std::filesystem::create_directories(parent + "/tmp", error);
    if (::mkdtemp(path.data()) == nullptr) return fail_errno(ErrorCode::io, "no temporary folder in " + parent);
    return TemporaryFolder{std::move(path)};
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
