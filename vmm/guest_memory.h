// Guest-physical RAM as the host sees it, and the only way from a guest address to host bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <type_traits>

#include "base/error.h"

namespace mayfly::vmm {

// A guest-physical address: never a pointer.
enum class GuestAddress : std::uint64_t {};

constexpr std::uint64_t value_of(GuestAddress address) { return static_cast<std::uint64_t>(address); }

// Copies an object out of memory the guest can change. The bytes are read once: the compiler must not
// come back for them after a check.
template <class T>
requires std::is_trivially_copyable_v<T> T copy_once(const std::byte* source) {
    T value;
    std::memcpy(&value, source, sizeof value);
    asm volatile("" ::: "memory");
    return value;
}

class GuestMemory {
public:
    explicit GuestMemory(std::span<std::byte> ram) : ram_(ram) {}

    std::uint64_t size() const { return ram_.size(); }

    template <class T>
    requires std::is_trivially_copyable_v<T> Result<T> read(GuestAddress address)
    const { return copy_once<T>(MF_TRY(range(address, sizeof(T))).data()); }

    template <class T>
    requires std::is_trivially_copyable_v<T> Result<void> write(GuestAddress address, const T& value) {
        return copy_in(address, std::as_bytes(std::span(&value, 1)));
    }

    Result<void> copy_in(GuestAddress address, std::span<const std::byte> source) {
        const auto target = MF_TRY(range(address, source.size()));
        if (!source.empty()) std::memcpy(target.data(), source.data(), source.size());
        return {};
    }

    Result<void> copy_out(GuestAddress address, std::span<std::byte> target) const {
        const auto source = MF_TRY(range(address, target.size()));
        if (!target.empty()) std::memcpy(target.data(), source.data(), target.size());
        return {};
    }

    // The bytes themselves: the guest may change them at any time.
    Result<std::span<std::byte>> range(GuestAddress address, std::uint64_t bytes) const {
        const std::uint64_t start = value_of(address);
        if (start > ram_.size() || bytes > ram_.size() - start)
            return fail(ErrorCode::microvm, std::to_string(bytes) + " bytes at guest address " + std::to_string(start) +
                                                " do not lie in RAM");
        return ram_.subspan(start, bytes);
    }

private:
    std::span<std::byte> ram_;
};

}  // namespace mayfly::vmm
