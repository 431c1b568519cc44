// What the messages of a microVM process say, bounded.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "microvm/control.pb.h"
#include "runtime/microvm.h"

namespace mayfly::runtime {

Stop from_message(const control::Stopped& in);
Result<CapturedState> from_message(const control::Captured& in);
Error from_message(const control::Failed& in);

// Of text that a guest or its process made: printable, and not endless.
std::string printable(std::string_view text);

}  // namespace mayfly::runtime
