// What happens when the host has no memory for the library's own use: the call that wanted it ends with an Error, and
// the program goes on. Other exceptions do not exist here; those of callbacks are the caller's.
#pragma once

#include <new>
#include <utility>

#include "base/error.h"

namespace mayfly::runtime {

// Short enough to need no memory itself.
inline Error out_of_memory_error() { return {ErrorCode::unavailable, "out of memory", 0}; }

// What `call` returns, a Result.
template <class Call>
auto unless_out_of_memory(Call&& call) -> decltype(call()) {
    try {
        return std::forward<Call>(call)();
    } catch (const std::bad_alloc&) {
        return Unexpected(out_of_memory_error());
    }
}

}  // namespace mayfly::runtime
