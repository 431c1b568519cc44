// What the guest tells the host besides replies: records in the log buffer of the exchange area.
#pragma once

#include <span>
#include <string_view>

#include "abi/doorbell.h"
#include "guest/lib/types.h"

namespace mayfly::guest {

// Appends records; rings flush_log when the buffer is full.
void log_write(abi::LogStream stream, std::span<const std::byte> bytes);
void log_text(abi::LogStream stream, std::string_view text);

}  // namespace mayfly::guest
