// The ways a microVM ends from inside.
#pragma once

#include "guest/lib/types.h"

namespace mayfly::guest {

// The program is over; status as wait(2) gives it.
[[noreturn]] void end_program(u32 wait_status);
// No frame is left for something the program may do.
[[noreturn]] void end_out_of_memory();

}  // namespace mayfly::guest
