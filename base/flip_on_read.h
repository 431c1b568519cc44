// For tests of a build with MAYFLY_FLIP_ON_READ: remembers what was read of a memory in one event, and makes every
// second read of it give something else, as a hostile writer between the two would.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/sanitizer.h"

namespace mayfly {

#ifdef NDEBUG
static_assert(kHasSanitizer, "MAYFLY_FLIP_ON_READ is for debug builds and sanitizers: nobody may ship it");
#endif

class FlipOnRead {
public:
    void begin_event() { read_.clear(); }

    void flip_what_was_read(std::uint64_t offset, std::span<std::byte> copied) {
        const std::uint64_t end = offset + copied.size();
        for (const Range& range : read_)
            for (std::uint64_t at = std::max(offset, range.begin); at < std::min(end, range.end); ++at)
                copied[at - offset] ^= std::byte{0xff};
        read_.push_back({offset, end});
    }

private:
    struct Range {
        std::uint64_t begin;
        std::uint64_t end;
    };
    std::vector<Range> read_;
};

}  // namespace mayfly
