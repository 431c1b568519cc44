#include "guest/lib/format.h"

namespace mayfly::guest {

Format& Format::text(std::string_view value) {
    for (char c : value) character(c);
    return *this;
}

Format& Format::character(char value) {
    if (used_ < buffer_.size())
        buffer_[used_++] = value;
    else
        truncated_ = true;
    return *this;
}

Format& Format::decimal(i64 value) {
    if (value >= 0) return unsigned_decimal(static_cast<u64>(value));
    character('-');
    return unsigned_decimal(~static_cast<u64>(value) + 1);
}

Format& Format::unsigned_decimal(u64 value) {
    char digits[20];
    int count = 0;
    do {
        digits[count++] = static_cast<char>('0' + value % 10);
        value /= 10;
    } while (value != 0);
    while (count > 0) character(digits[--count]);
    return *this;
}

Format& Format::hex(u64 value, int digits) {
    int count = 16;
    while (count > digits && (value >> (4 * (count - 1))) == 0) --count;
    while (count > 0) character("0123456789abcdef"[(value >> (4 * --count)) & 15]);
    return *this;
}

}  // namespace mayfly::guest
