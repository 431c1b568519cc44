#include "guest/lib/log.h"

#include <cstring>

#include "guest/arch/doorbell.h"

namespace mayfly::guest {
namespace {

constexpr usize kHeader = sizeof(abi::LogRecord);

// Appends one record of at most as many bytes as fit; the number taken.
usize append(abi::LogStream stream, std::span<const std::byte> bytes) {
    u32 used = mailbox().log_length;
    if (used + kHeader + 8 > abi::kLogBytes) {
        ring(abi::Doorbell::flush_log);
        used = 0;
    }
    const usize room = abi::kLogBytes - used - kHeader;
    const usize taken = bytes.size() < room ? bytes.size() : round_down(room, 8);
    std::byte* at = exchange_bytes(abi::kLogOffset, abi::kLogBytes).data() + used;
    const abi::LogRecord record{stream, static_cast<u32>(taken)};
    std::memcpy(at, &record, kHeader);
    std::memcpy(at + kHeader, bytes.data(), taken);
    mailbox().log_length = static_cast<u32>(used + kHeader + round_up(taken, 8));
    return taken;
}

}  // namespace

void log_write(abi::LogStream stream, std::span<const std::byte> bytes) {
    while (!bytes.empty()) bytes = bytes.subspan(append(stream, bytes));
}

void log_text(abi::LogStream stream, std::string_view text) {
    log_write(stream, std::as_bytes(std::span(text.data(), text.size())));
}

}  // namespace mayfly::guest
