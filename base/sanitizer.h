// Whether this build has a sanitizer whose run-time library makes system calls and threads of its own. Host only.
#pragma once

#if defined(__has_feature)
#define MF_HAS_FEATURE(name) __has_feature(name)
#else
#define MF_HAS_FEATURE(name) 0
#endif

namespace mayfly {

#if defined(__SANITIZE_ADDRESS__) || MF_HAS_FEATURE(address_sanitizer)
inline constexpr bool kHasAddressSanitizer = true;
#else
inline constexpr bool kHasAddressSanitizer = false;
#endif

#if defined(__SANITIZE_THREAD__) || MF_HAS_FEATURE(thread_sanitizer)
inline constexpr bool kHasSanitizer = true;
#else
inline constexpr bool kHasSanitizer = kHasAddressSanitizer;
#endif

}  // namespace mayfly
