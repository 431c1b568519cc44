// Text for /proc files, traces and dumps: appends to a fixed buffer and drops what does not fit.
#pragma once

#include <span>
#include <string_view>

#include "guest/lib/types.h"

namespace mayfly::guest {

class Format {
public:
    explicit Format(std::span<char> buffer) : buffer_(buffer) {}

    Format& text(std::string_view value);
    Format& character(char value);
    Format& decimal(i64 value);
    Format& unsigned_decimal(u64 value);
    // Lower-case hexadecimal without 0x, at least `digits` long.
    Format& hex(u64 value, int digits = 1);

    std::string_view view() const { return {buffer_.data(), used_}; }
    bool truncated() const { return truncated_; }

private:
    std::span<char> buffer_;
    usize used_ = 0;
    bool truncated_ = false;
};

}  // namespace mayfly::guest
