#include "cli/event_argument.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/unique_fd.h"
#include "cli/interrupt.h"
#include "mayfly/mayfly.h"

namespace mayfly::cli {
namespace {

Result<std::string> read_to_end(int fd, const std::string& name) {
    std::string content;
    std::array<char, 65536> chunk{};
    while (content.size() <= kMaxEventBytes) {
        if (!wait_for_input(fd)) return fail(ErrorCode::unavailable, "interrupted");
        const ssize_t got = ::read(fd, chunk.data(), chunk.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return fail_errno(ErrorCode::usage, "the event can't be read from " + name);
        if (got == 0) break;
        content.append(chunk.data(), static_cast<std::size_t>(got));
    }
    return content;
}

}  // namespace

Result<std::string> read_event(const std::string& argument) {
    if (argument == "-") return read_to_end(STDIN_FILENO, "standard input");
    if (!argument.starts_with('@')) return argument;
    const std::string path = argument.substr(1);
    if (path.empty()) return fail(ErrorCode::usage, "there is no file behind the @ of --data");
    const UniqueFd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    if (!file) return fail_errno(ErrorCode::usage, "the event file " + path + " can't be opened");
    return read_to_end(file.get(), path);
}

}  // namespace mayfly::cli
