#include "vmm/read_only_memory.h"

#include <sys/mman.h>

#include <algorithm>

#include "base/file_size.h"

namespace mayfly::vmm {
namespace {

// Address space only: nothing is behind it until it is mapped over. What is never mapped over can be read (zeroes),
// so that a guest that strays there meets what it meets everywhere in the slot.
constexpr std::uint64_t kReservedBytes = abi::kPageSize + abi::kMaxWindows * abi::kMaxWindowBytes;
// KVM uses large mappings only where host and guest addresses agree modulo the large page.
constexpr std::uint64_t kLeadIn = abi::kLargePageSize - abi::kPageSize;

Result<void> check_size(const Image& image) {
    if (image.bytes == 0 || image.bytes > abi::kMaxWindowBytes)
        return fail(ErrorCode::too_large, "an image must have 1 byte to 4 GiB");
    if (MF_TRY(file_size(image.fd, "an image")) < image.bytes)
        return fail(ErrorCode::corrupt, "the image for " + image.mount_path + " is shorter than it should be");
    return {};
}

Result<void> map_over(std::span<std::byte> place, int protection, int flags, int fd) {
    if (::mmap(place.data(), place.size(), protection, flags | MAP_FIXED, fd, 0) == MAP_FAILED)
        return fail_errno(ErrorCode::io, "mapping read-only guest memory");
    return {};
}

}  // namespace

Result<ReadOnlyMemory> ReadOnlyMemory::create() {
    ReadOnlyMemory memory{MF_TRY(Mapping::reserve(kReservedBytes + 2 * abi::kLargePageSize))};
    MF_TRY(map_over(memory.control_page(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1));
    return memory;
}

Result<GuestAddress> ReadOnlyMemory::add(const Image& image) {
    MF_TRY(check_size(image));
    const std::uint64_t base = end_;
    const std::uint64_t next = abi::next_window_base(base, image.bytes);
    if (next - abi::kControlBase > kReservedBytes)
        return fail(ErrorCode::usage, "a microVM has no room for one more image");
    const std::uint64_t whole_pages = (image.bytes + abi::kPageSize - 1) / abi::kPageSize * abi::kPageSize;
    MF_TRY(map_over(all().subspan(base - abi::kControlBase, whole_pages), PROT_READ, MAP_SHARED, image.fd));
    end_ = next;
    return GuestAddress{base};
}

void ReadOnlyMemory::prefer_large_pages() const {
    const auto images = bytes().subspan(abi::kPageSize);
    ::madvise(images.data(), images.size(), MADV_HUGEPAGE);  // only a hint
}

std::span<std::byte> ReadOnlyMemory::bytes_and_room(std::uint64_t room) const {
    return all().first(std::min(end_ - abi::kControlBase + room, kReservedBytes));
}

std::span<std::byte> ReadOnlyMemory::all() const {
    // The control page is the last of a large page.
    const auto start = reinterpret_cast<std::uintptr_t>(reserved_.data());  // a number to align
    const std::uint64_t to_boundary = (abi::kLargePageSize - start % abi::kLargePageSize) % abi::kLargePageSize;
    return reserved_.bytes().subspan(to_boundary + kLeadIn, kReservedBytes);
}

}  // namespace mayfly::vmm
