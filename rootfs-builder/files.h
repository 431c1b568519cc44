// Small helpers on files and folders, all with errors that name the path.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/unique_fd.h"

namespace mayfly::rootfs {

// A new folder in `parent`, removed with all that is in it at the end of its owner's life. What a
// killed process left there goes when the next one is made.
class TemporaryDirectory {
public:
    static Result<TemporaryDirectory> create(const std::filesystem::path& parent);
    TemporaryDirectory(TemporaryDirectory&& other) noexcept
        : path_(std::exchange(other.path_, {})), lock_(std::move(other.lock_)) {}
    TemporaryDirectory& operator=(TemporaryDirectory&&) = delete;
    ~TemporaryDirectory();

    const std::filesystem::path& path() const { return path_; }

private:
    TemporaryDirectory(std::filesystem::path path, UniqueFd lock) : path_(std::move(path)), lock_(std::move(lock)) {}

    std::filesystem::path path_;
    UniqueFd lock_;  // held while the folder is in use
};

// An output file under a temporary name beside it: removed unless commit() gave it its name.
class PendingFile {
public:
    explicit PendingFile(std::filesystem::path target);
    PendingFile(const PendingFile&) = delete;
    PendingFile& operator=(const PendingFile&) = delete;
    ~PendingFile();

    const std::filesystem::path& path() const { return path_; }
    Result<void> check() const;  // whether its folder takes files
    Result<void> commit();       // fsync, then rename

private:
    std::filesystem::path target_;
    std::filesystem::path path_;
    bool committed_ = false;
};

// An error for what std::filesystem reports. A full disk is told as such.
Unexpected<Error> file_error(const std::string& what, const std::filesystem::path& path, std::error_code code);
// The same for what a system call left in errno.
Unexpected<Error> errno_error(const std::string& what, const std::filesystem::path& path);

// Fails for a relative path when the current folder is gone.
Result<std::filesystem::path> absolute_path(const std::filesystem::path& path);

Result<void> make_directories(const std::filesystem::path& path);
Result<void> write_file(const std::filesystem::path& path, std::string_view text);
Result<std::string> read_file(const std::filesystem::path& path);
Result<void> make_link(const std::filesystem::path& path, const std::filesystem::path& target);  // replaces
// Also folders that their owner may not write to. That it is absent is fine.
Result<void> remove_tree(const std::filesystem::path& path);

// Everything below `root`, parents first, names sorted; symbolic links are not followed. Paths are
// absolute; visit may not add or remove entries.
using Visit = std::function<Result<void>(const std::filesystem::directory_entry&)>;
Result<void> walk(const std::filesystem::path& root, const Visit& visit);

// What a tree takes in an image: whole blocks, hard links once; files counts files, folders, links.
struct TreeSize {
    std::uint64_t bytes = 0;
    std::uint64_t files = 0;
};
Result<TreeSize> measure(const std::filesystem::path& root);

}  // namespace mayfly::rootfs
