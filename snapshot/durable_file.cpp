#include "snapshot/durable_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace mayfly::snapshot {
namespace {

namespace fs = std::filesystem;

Error io_error(std::string what) {
    const int saved = errno;
    const bool is_full = saved == ENOSPC || saved == EDQUOT;
    return Error{is_full ? ErrorCode::unavailable : ErrorCode::io, std::move(what), saved};
}

Result<void> write_all(int fd, std::string_view content, const fs::path& path) {
    while (!content.empty()) {
        const ssize_t written = ::write(fd, content.data(), content.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return Unexpected(io_error("writing " + path.string()));
        content.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
}

Result<void> write_new_file(const fs::path& path, std::string_view content) {
    const UniqueFd fd{::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644)};
    if (!fd) return Unexpected(io_error("creating " + path.string()));
    MF_TRY(write_all(fd.get(), content, path));
    return sync_file(fd.get(), path);
}

}  // namespace

Result<void> write_file_durably(const fs::path& path, std::string_view content) {
    // The process and thread in the name: two writers don't meet, and a rest of a killed one is no obstacle.
    fs::path temporary = path;
    temporary += ".new." + std::to_string(::getpid()) + "." + std::to_string(::gettid());
    auto written = write_new_file(temporary, content);
    if (written && ::rename(temporary.c_str(), path.c_str()) != 0)
        written = Unexpected(io_error("renaming to " + path.string()));
    if (!written) {
        ::unlink(temporary.c_str());
        return written;
    }
    return sync_directory(path.parent_path());
}

Result<UniqueFd> open_regular_file(const fs::path& path) {
    // Non-blocking, so that a fifo in its place is refused instead of waited for.
    UniqueFd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW)};
    if (!fd) return fail_errno(errno == ENOENT ? ErrorCode::not_found : ErrorCode::io, "opening " + path.string());
    struct stat status {};
    if (::fstat(fd.get(), &status) != 0) return fail_errno(ErrorCode::io, "stat of " + path.string());
    if (!S_ISREG(status.st_mode)) return fail(ErrorCode::corrupt, path.string() + " is not a regular file");
    return fd;
}

Result<std::string> read_file(const fs::path& path, std::size_t limit) {
    const UniqueFd fd = MF_TRY(open_regular_file(path));
    std::string content;
    char buffer[16 << 10];
    for (;;) {
        const ssize_t got = ::read(fd.get(), buffer, sizeof buffer);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return fail_errno(ErrorCode::io, "reading " + path.string());
        if (got == 0) return content;
        content.append(buffer, static_cast<std::size_t>(got));
        if (content.size() > limit)
            return fail(ErrorCode::too_large, path.string() + " is larger than " + std::to_string(limit) + " bytes");
    }
}

Result<void> sync_file(int fd, const fs::path& path) {
    if (::fsync(fd) != 0) return Unexpected(io_error("syncing " + path.string()));
    return {};
}

Result<void> sync_directory(const fs::path& directory) {
    const UniqueFd fd{::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (!fd) return fail_errno(ErrorCode::io, "opening " + directory.string());
    return sync_file(fd.get(), directory);
}

}  // namespace mayfly::snapshot
