// Looking at whole pages.
#pragma once

#include <cstddef>
#include <cstring>

#include "abi/layout.h"

namespace mayfly::snapshot {

alignas(abi::kPageSize) inline constexpr std::byte kZeroPage[abi::kPageSize] = {};

inline bool is_zero(const std::byte* page) {
    // A page is zero when its first byte is and each byte equals the one before it.
    return page[0] == std::byte{0} && std::memcmp(page, page + 1, abi::kPageSize - 1) == 0;
}

}  // namespace mayfly::snapshot
