// Ringing the VMM, and the shared memory it reads.
#pragma once

#include <span>

#include "abi/doorbell.h"
#include "guest/lib/types.h"

namespace mayfly::guest {

inline abi::Mailbox& mailbox() {
    return *reinterpret_cast<abi::Mailbox*>(abi::kDirectMapBase + abi::kExchangeBase + abi::kMailboxOffset);
}
inline std::span<std::byte> exchange_bytes(u64 offset, u64 bytes) {
    return {reinterpret_cast<std::byte*>(abi::kDirectMapBase + abi::kExchangeBase + offset), bytes};
}
inline std::span<std::byte> event_bytes() { return exchange_bytes(abi::kEventOffset, abi::kMaxPayloadBytes); }
inline std::span<std::byte> reply_bytes() { return exchange_bytes(abi::kReplyOffset, abi::kMaxPayloadBytes); }

extern "C" u64 ring_doorbell(u32 operation);  // entry.S

// One exit. Does not return for exit, panic and out_of_memory.
inline void ring(abi::Doorbell operation) {
    asm volatile("" : : : "memory");
    ring_doorbell(static_cast<u32>(operation));
    asm volatile("" : : : "memory");
}
[[noreturn]] inline void ring_forever(abi::Doorbell operation) {
    for (;;) ring(operation);
}

}  // namespace mayfly::guest
