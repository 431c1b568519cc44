// A folder that is gone with this object. It lies where the library keeps its temporary folders and is
// locked as they are, so that what a killed benchmark leaves is cleared by the next command.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <sys/types.h>

#include "base/error.h"
#include "base/unique_fd.h"

namespace mayfly::bench {

class TemporaryFolder {
public:
    static Result<TemporaryFolder> in(const std::string& home);
    TemporaryFolder(TemporaryFolder&& other) noexcept
        : path_(std::exchange(other.path_, {})), lock_(std::move(other.lock_)) {}
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(TemporaryFolder&&) = delete;
    ~TemporaryFolder();

    const std::string& path() const { return path_; }
    Result<std::string> make_folder(std::string_view name) const;  // returns its path
    Result<void> write(std::string_view name, std::span<const std::byte> content, mode_t mode) const;

private:
    TemporaryFolder(std::string path, UniqueFd lock) : path_(std::move(path)), lock_(std::move(lock)) {}

    std::string path_;
    UniqueFd lock_;
};

}  // namespace mayfly::bench
