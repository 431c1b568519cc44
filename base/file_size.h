// The size of an open file. Host only.
#pragma once

#include <unistd.h>

#include <cstdint>
#include <string_view>

#include "base/error.h"

namespace mayfly {

// By its end, which leaves the file's offset there: lseek(2) is a call that a jailed process may make.
inline Result<std::uint64_t> file_size(int fd, std::string_view what) {
    const off_t end = ::lseek(fd, 0, SEEK_END);
    if (end < 0) return fail_errno(ErrorCode::io, "finding the size of " + std::string(what));
    return static_cast<std::uint64_t>(end);
}

}  // namespace mayfly
