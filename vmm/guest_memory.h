// Guest-physical RAM as the host sees it, and the only way from a guest address to host bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <type_traits>

#include "base/error.h"
#include "base/shared_memory.h"

namespace mayfly::vmm {

// A guest-physical address: never a pointer.
enum class GuestAddress : std::uint64_t {};

constexpr std::uint64_t value_of(GuestAddress address) { return static_cast<std::uint64_t>(address); }

class GuestMemory {
public:
    explicit GuestMemory(std::span<std::byte> ram) : ram_(ram) {}

    std::uint64_t size() const { return ram_.size(); }

    template <class T>
    requires std::is_trivially_copyable_v<T> Result<T> read(GuestAddress address)
    const {
        MF_TRY(check(address, sizeof(T)));
        return ram_.load<T>(value_of(address));
    }

    template <class T>
    requires std::is_trivially_copyable_v<T> Result<void> write(GuestAddress address, const T& value) {
        return copy_in(address, std::as_bytes(std::span(&value, 1)));
    }

    Result<void> copy_in(GuestAddress address, std::span<const std::byte> source) {
        MF_TRY(check(address, source.size()));
        ram_.copy_in(value_of(address), source);
        return {};
    }

    Result<void> copy_out(GuestAddress address, std::span<std::byte> target) const {
        MF_TRY(check(address, target.size()));
        ram_.copy_out(value_of(address), target);
        return {};
    }

    // What was read may be read again: the guest had its turn, or has had none yet.
    void begin_event() { ram_.begin_event(); }

    // Where the bytes lie in this process.
    Result<HostRange> where(GuestAddress address, std::uint64_t bytes) const {
        MF_TRY(check(address, bytes));
        return HostRange{ram_.where().address + value_of(address), bytes};
    }

private:
    Result<void> check(GuestAddress address, std::uint64_t bytes) const {
        if (ram_.contains(value_of(address), bytes)) return {};
        return fail(ErrorCode::microvm, std::to_string(bytes) + " bytes at guest address " +
                                            std::to_string(value_of(address)) + " do not lie in RAM");
    }

    SharedMemory ram_;
};

}  // namespace mayfly::vmm
