// A broken promise of the kernel's own: ends the microVM with a message in the log.
#pragma once

namespace mayfly::guest {

[[noreturn]] void assertion_failed(const char* what, const char* file, int line);

}  // namespace mayfly::guest

#define MF_ASSERT(condition) \
    ((condition) ? static_cast<void>(0) : ::mayfly::guest::assertion_failed(#condition, __FILE__, __LINE__))
