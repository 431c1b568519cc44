// A folder that is gone with this object. Inside the state folder: Mayfly writes nowhere else.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <sys/types.h>

#include "base/error.h"

namespace mayfly::bench {

class TemporaryFolder {
public:
    static Result<TemporaryFolder> in(const std::string& parent);
    TemporaryFolder(TemporaryFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(TemporaryFolder&&) = delete;
    ~TemporaryFolder();

    const std::string& path() const { return path_; }
    Result<std::string> make_folder(std::string_view name) const;  // returns its path
    Result<void> write(std::string_view name, std::span<const std::byte> content, mode_t mode) const;

private:
    explicit TemporaryFolder(std::string path) : path_(std::move(path)) {}

    std::string path_;
};

}  // namespace mayfly::bench
