// Where things lie in guest-physical memory, and the sizes both sides rely on. Fixed before the
// first guest instruction; nothing here changes while a microVM runs.
//
//   0                    RAM: one slot, private to the microVM
//   kExchangeBase        exchange area: mailbox, event, reply, log; written by both
//   kControlBase         control page: one page, written by the VMM, read-only for the guest
//   kWindowBase          image windows: EROFS images, read-only, shared by all microVMs; one behind the
//                        other, each from a 2 MiB boundary on. One slot shows control page and windows.
#pragma once

#include <cstddef>
#include <cstdint>

namespace mayfly::abi {

// Bumped whenever a guest kernel and a VMM of different builds would misunderstand each other: any
// change of a struct, offset, doorbell operation or meaning in this folder. Snapshots record it.
inline constexpr std::uint32_t kVersion = 3;

inline constexpr std::uint64_t kPageSize = 4096;
inline constexpr std::uint64_t kLargePageSize = 2ull << 20;

inline constexpr std::uint64_t kRamBase = 0;
inline constexpr std::uint64_t kMinRamBytes = 32ull << 20;
inline constexpr std::uint64_t kMaxRamBytes = 16ull << 30;

inline constexpr std::uint64_t kExchangeBase = 0x40'0000'0000;  // 256 GiB
inline constexpr std::uint64_t kWindowBase = 0x40'0100'0000;    // 16 MiB further
inline constexpr std::uint64_t kControlBase = kWindowBase - kPageSize;
inline constexpr std::uint64_t kMaxWindowBytes = 4ull << 30;
inline constexpr std::uint32_t kMaxWindows = 8;

// Where the window behind one at `base` lies. A snapshot's page tables hold these addresses.
constexpr std::uint64_t next_window_base(std::uint64_t base, std::uint64_t bytes) {
    return base + (bytes + kLargePageSize - 1) / kLargePageSize * kLargePageSize;
}

// The exchange area, as offsets from kExchangeBase. All parts begin on a 2 MiB boundary except the
// mailbox and the log, so that a guest can map the bulk with large pages.
inline constexpr std::uint64_t kMailboxOffset = 0;
inline constexpr std::uint64_t kLogOffset = kPageSize;
inline constexpr std::uint64_t kLogBytes = (1ull << 20) - kPageSize;
inline constexpr std::uint64_t kMaxPayloadBytes = 6ull << 20;  // event and reply, as AWS Lambda's limit
inline constexpr std::uint64_t kEventOffset = 2ull << 20;
inline constexpr std::uint64_t kReplyOffset = 8ull << 20;
inline constexpr std::uint64_t kExchangeBytes = 14ull << 20;

// The kernel is linked at kKernelBase (-mcmodel=kernel). Guest-physical memory is mapped for the
// kernel at kDirectMapBase + physical address. All of it is reachable at CPL 3: inside a microVM
// there is no wall between function and kernel (docs/architecture.md).
inline constexpr std::uint64_t kKernelBase = 0xffff'ffff'8000'0000;
inline constexpr std::uint64_t kKernelPhysicalBase = 1ull
                                                     << 20;  // where the image is loaded; the boot tables lie below it
inline constexpr std::uint64_t kDirectMapBase = 0xffff'c000'0000'0000;

}  // namespace mayfly::abi
