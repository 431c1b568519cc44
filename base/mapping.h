// Owns one mmap'ed region. Host only.
#pragma once

#include <sys/mman.h>
#include <sys/types.h>

#include <cstddef>
#include <span>
#include <utility>

#include "base/error.h"
#include "base/unique_fd.h"

namespace mayfly {

class Mapping {
public:
    Mapping() = default;
    Mapping(Mapping&& other) noexcept
        : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
    Mapping& operator=(Mapping&& other) noexcept {
        if (this != &other) {
            unmap();
            data_ = std::exchange(other.data_, nullptr);
            size_ = std::exchange(other.size_, 0);
        }
        return *this;
    }
    Mapping(const Mapping&) = delete;
    Mapping& operator=(const Mapping&) = delete;
    ~Mapping() { unmap(); }

    // Maps size bytes of fd from offset; protection and flags are mmap(2)'s.
    static Result<Mapping> of(const UniqueFd& fd, std::size_t size, int protection, int flags, off_t offset = 0) {
        return map(fd.get(), size, protection, flags, offset);
    }
    static Result<Mapping> of(int fd, std::size_t size, int protection, int flags, off_t offset = 0) {
        return map(fd, size, protection, flags, offset);
    }
    // Maps size bytes of zeroed memory.
    static Result<Mapping> anonymous(std::size_t size, int flags = MAP_PRIVATE | MAP_NORESERVE) {
        return map(-1, size, PROT_READ | PROT_WRITE, flags | MAP_ANONYMOUS, 0);
    }

    // Addresses to map over. They read as zeroes and can't be written.
    static Result<Mapping> reserve(std::size_t size) {
        return map(-1, size, PROT_READ, MAP_PRIVATE | MAP_NORESERVE | MAP_ANONYMOUS, 0);
    }

    std::span<std::byte> bytes() const { return {data_, size_}; }
    std::byte* data() const { return data_; }
    std::size_t size() const { return size_; }
    explicit operator bool() const { return data_ != nullptr; }

private:
    Mapping(std::byte* data, std::size_t size) : data_(data), size_(size) {}
    static Result<Mapping> map(int fd, std::size_t size, int protection, int flags, off_t offset) {
        void* data = ::mmap(nullptr, size, protection, flags, fd, offset);
        if (data == MAP_FAILED) return fail_errno(ErrorCode::io, "mmap of " + std::to_string(size) + " bytes");
        return Mapping{static_cast<std::byte*>(data), size};
    }
    void unmap() {
        if (data_ != nullptr) ::munmap(data_, size_);
    }

    std::byte* data_ = nullptr;
    std::size_t size_ = 0;
};

}  // namespace mayfly
