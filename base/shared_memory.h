// Memory that somebody who is not trusted writes to at any time: a guest, or the process of a microVM. What lies in
// it can only be copied, once, into memory of our own: no pointer, span or text into it is given out, so that
// nothing can be looked at twice and be different the second time. Host only.
#pragma once

#include <sys/types.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/mapping.h"
#ifdef MAYFLY_FLIP_ON_READ
#include "base/flip_on_read.h"
#endif

namespace mayfly {

// Where memory lies in this process, for calls that take a number. Nothing can be read through it.
struct HostRange {
    std::uintptr_t address = 0;
    std::uint64_t bytes = 0;
};

inline HostRange host_range(std::span<const std::byte> memory) {
    return {reinterpret_cast<std::uintptr_t>(memory.data()), memory.size()};
}

// Offsets and lengths are in bytes; that they lie inside is the caller's to check (contains()), and is checked again
// at each copy: outside of the memory, loads give zeroes and stores do nothing.
class SharedMemory {
public:
#ifdef MAYFLY_FLIP_ON_READ
    static constexpr bool kFlipsOnRead = true;
#else
    static constexpr bool kFlipsOnRead = false;
#endif

    explicit SharedMemory(Mapping memory) : owned_(std::move(memory)), bytes_(owned_.bytes()) {}
    // Memory of somebody else's, which outlives this.
    explicit SharedMemory(std::span<std::byte> memory) : bytes_(memory) {}

    std::uint64_t size() const { return bytes_.size(); }
    bool contains(std::uint64_t offset, std::uint64_t bytes) const {
        return offset <= bytes_.size() && bytes <= bytes_.size() - offset;
    }
    HostRange where() const { return host_range(bytes_); }

    template <class T>
    requires std::is_trivially_copyable_v<T> T load(std::uint64_t offset)
    const {
        T value{};
        copy_out(offset, std::as_writable_bytes(std::span(&value, 1)));
        return value;
    }
    void copy_out(std::uint64_t offset, std::span<std::byte> target) const {
        if (target.empty() || !contains(offset, target.size())) return;
        std::memcpy(target.data(), bytes_.data() + offset, target.size());
        end_read(offset, target);
    }
    // Of a large piece, without zeroing what it is copied to before.
    std::vector<std::byte> copy(std::uint64_t offset, std::uint64_t bytes) const {
        if (!contains(offset, bytes)) return {};
        const auto piece = bytes_.subspan(offset, bytes);
        std::vector<std::byte> copied(piece.begin(), piece.end());
        end_read(offset, copied);
        return copied;
    }
    std::string copy_text(std::uint64_t offset, std::uint64_t bytes) const {
        if (!contains(offset, bytes)) return {};
        std::string copied(reinterpret_cast<const char*>(bytes_.data() + offset), bytes);  // bytes as characters
        end_read(offset, std::as_writable_bytes(std::span(copied)));
        return copied;
    }

    template <class T>
    requires std::is_trivially_copyable_v<T>
    void store(std::uint64_t offset, const T& value) { copy_in(offset, std::as_bytes(std::span(&value, 1))); }
    void copy_in(std::uint64_t offset, std::span<const std::byte> source) {
        if (!source.empty() && contains(offset, source.size()))
            std::memcpy(bytes_.data() + offset, source.data(), source.size());
    }
    void zero(std::uint64_t offset, std::uint64_t bytes) {
        if (bytes != 0 && contains(offset, bytes)) std::memset(bytes_.data() + offset, 0, bytes);
    }
    // read(2) into it.
    ssize_t read_from(int fd, std::uint64_t offset, std::uint64_t bytes) {
        return contains(offset, bytes) ? ::read(fd, bytes_.data() + offset, bytes) : 0;
    }

    // Whoever else writes here had their turn: what was read before may be read again.
    void begin_event() {
#ifdef MAYFLY_FLIP_ON_READ
        flips_.begin_event();
#endif
    }

private:
    // The compiler must not come back for the bytes after a check.
    void end_read([[maybe_unused]] std::uint64_t offset, [[maybe_unused]] std::span<std::byte> copied) const {
        asm volatile("" ::: "memory");
#ifdef MAYFLY_FLIP_ON_READ
        flips_.flip_what_was_read(offset, copied);
#endif
    }

    Mapping owned_;
    std::span<std::byte> bytes_;
#ifdef MAYFLY_FLIP_ON_READ
    mutable FlipOnRead flips_;
#endif
};

}  // namespace mayfly
