// Helpers of these tests: memory files with known content.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <random>
#include <vector>

#include "abi/layout.h"
#include "base/unique_fd.h"
#include "snapshot/layered_ram.h"

namespace mayfly::snapshot::test {

inline constexpr std::uint64_t kPage = abi::kPageSize;
inline constexpr std::uint64_t kMiB = 1ull << 20;

inline UniqueFd empty_file() { return UniqueFd{::memfd_create("layer", MFD_CLOEXEC)}; }

// A memory file of `pages` pages; page n is filled with the byte first + n.
inline UniqueFd numbered_file(std::uint64_t pages, unsigned first) {
    UniqueFd file = empty_file();
    for (std::uint64_t page = 0; page < pages; ++page) {
        const std::vector<std::byte> content(kPage, static_cast<std::byte>(first + page));
        if (::pwrite(file.get(), content.data(), kPage, static_cast<off_t>(page * kPage)) < 0) std::abort();
    }
    return file;
}

inline std::vector<std::byte> copy_of(const LayeredRam& ram) { return {ram.bytes().begin(), ram.bytes().end()}; }

inline std::byte& byte_of_page(LayeredRam& ram, std::uint64_t page, std::uint64_t offset = 0) {
    return ram.bytes()[page * kPage + offset];
}

}  // namespace mayfly::snapshot::test
