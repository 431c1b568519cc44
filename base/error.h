// What a host function returns when it can't do what it was asked. Host only.
#pragma once

#include <cerrno>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"

// Shown by the library, whatever it is built with.
#pragma GCC visibility push(default)

namespace mayfly {

enum class ErrorCode {
    usage,         // the caller asked for something that makes no sense
    not_found,     // no such image, function, file
    exists,        // the name is taken
    busy,          // another command works on the same name
    unavailable,   // this host lacks something (KVM, a capability, disk space)
    corrupt,       // a file of ours is truncated, changed or malformed
    incompatible,  // a file of ours is of another version, CPU or backend
    too_large,     // beyond a documented limit
    function,      // the function's own code failed while it was loaded
    microvm,       // the microVM crashed, timed out or ran out of memory
    host,          // a microVM's process was killed or does not answer
    kvm,           // KVM refused an operation
    io,            // a system call failed
    internal,      // a defect of ours
};

struct Error {
    ErrorCode code = ErrorCode::internal;
    std::string what;   // a sentence for people, without the errno text
    int sys_errno = 0;  // 0 when no system call was the cause

    // The sentence, with the errno text behind it when there is one.
    std::string message() const;
};

template <class T>
using Result = Expected<T, Error>;

std::string_view to_string(ErrorCode code);

inline Unexpected<Error> fail(ErrorCode code, std::string what) { return Unexpected(Error{code, std::move(what), 0}); }

// Takes errno as it is at the call.
inline Unexpected<Error> fail_errno(ErrorCode code, std::string what) {
    const int saved = errno;
    return Unexpected(Error{code, std::move(what), saved});
}

}  // namespace mayfly

#pragma GCC visibility pop
