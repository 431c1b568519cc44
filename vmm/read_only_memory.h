// What a guest may read and not write: the control page and, behind it, images. They lie in one reserved range of
// host addresses as they lie in the guest, so that one memory slot shows them: KVM waits for a grace period, 0.1 ms
// and more, each time the slots change.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "abi/layout.h"
#include "base/error.h"
#include "base/mapping.h"
#include "vmm/guest_memory.h"

namespace mayfly::vmm {

// A read-only image and where the guest mounts it.
struct Image {
    int fd = -1;  // borrowed: needed until it was added
    std::uint64_t bytes = 0;
    std::string mount_path;
};

class ReadOnlyMemory {
public:
    static Result<ReadOnlyMemory> create();

    // Maps the image behind what is there, read-only, and tells where the guest finds it.
    Result<GuestAddress> add(const Image& image);

    // What must be read from a disk for the images that are there comes in pieces of 2 MiB from now on, which the host,
    // and with it KVM, can map with large pages.
    void prefer_large_pages() const;

    // Ours to write; the slot alone makes it read-only for the guest.
    std::span<std::byte> control_page() const { return all().first(abi::kPageSize); }
    // Everything from abi::kControlBase on that is there; the part behind an image reads as zeroes.
    std::span<std::byte> bytes() const { return all().first(end_ - abi::kControlBase); }
    // The same with room for images of so many bytes.
    std::span<std::byte> bytes_and_room(std::uint64_t room) const;

private:
    explicit ReadOnlyMemory(Mapping reserved) : reserved_(std::move(reserved)) {}
    std::span<std::byte> all() const;

    Mapping reserved_;
    std::uint64_t end_ = abi::kWindowBase;  // guest-physical, where the next image goes
};

}  // namespace mayfly::vmm
