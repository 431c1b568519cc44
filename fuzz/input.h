// What a fuzz target makes of its bytes: numbers and pieces, taken from the front.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <type_traits>

namespace mayfly::fuzz {

class Input {
public:
    explicit Input(std::span<const std::uint8_t> bytes) : rest_(std::as_bytes(bytes)) {}

    bool empty() const { return rest_.empty(); }
    std::span<const std::byte> rest() const { return rest_; }
    // Any object may be seen as chars.
    std::string_view text() const { return {reinterpret_cast<const char*>(rest_.data()), rest_.size()}; }

    // What the input no longer has is zero.
    template <class T>
    requires std::is_trivially_copyable_v<T> T take() {
        T value{};
        const auto bytes = take_bytes(sizeof value);
        if (!bytes.empty()) std::memcpy(&value, bytes.data(), bytes.size());
        return value;
    }
    // At most so many.
    std::span<const std::byte> take_bytes(std::size_t count) {
        const auto taken = rest_.first(std::min(count, rest_.size()));
        rest_ = rest_.subspan(taken.size());
        return taken;
    }

private:
    std::span<const std::byte> rest_;
};

}  // namespace mayfly::fuzz
