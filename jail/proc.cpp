#include "jail/proc.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <charconv>

namespace mayfly::jail {
namespace {

constexpr std::size_t kMostBytes = 4 << 10;

std::string own(const char* name) { return std::string("self/") + name; }

Result<std::string> read_link(int directory, const std::string& path) {
    std::array<char, 128> text{};
    const ssize_t length = ::readlinkat(directory, path.c_str(), text.data(), text.size());
    if (length < 0) return fail_errno(ErrorCode::unavailable, "reading /proc/" + path);
    return std::string(text.data(), static_cast<std::size_t>(length));
}

}  // namespace

Result<std::string> read_start(const UniqueFd& file) {
    std::array<char, kMostBytes> text;
    const ssize_t length = ::pread(file.get(), text.data(), text.size(), 0);
    if (length < 0) return fail_errno(ErrorCode::io, "reading /proc");
    return std::string(text.data(), static_cast<std::size_t>(length));
}

Result<Proc> Proc::open() {
    UniqueFd directory{::open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC)};
    if (!directory) return fail_errno(ErrorCode::unavailable, "opening /proc (mount it)");
    return Proc{std::move(directory)};
}

Result<UniqueFd> Proc::open_own(const char* name) const {
    UniqueFd file{::openat(directory_.get(), own(name).c_str(), O_RDONLY | O_CLOEXEC)};
    if (!file) return fail_errno(ErrorCode::unavailable, "opening /proc/" + own(name));
    return file;
}

Result<std::string> Proc::own_link(const char* name) const { return read_link(directory_.get(), own(name)); }

Result<std::string> Proc::read_own(const char* name) const { return read_start(MF_TRY(open_own(name))); }

Result<pid_t> Proc::own_pid() const {
    const std::string text = MF_TRY(read_link(directory_.get(), "self"));
    pid_t pid = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), pid);
    if (error != std::errc{} || end != text.data() + text.size() || pid <= 0)
        return fail(ErrorCode::unavailable, "/proc/self leads to no process");
    return pid;
}

}  // namespace mayfly::jail
