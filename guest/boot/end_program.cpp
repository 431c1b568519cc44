#include "guest/boot/end_program.h"

#include "guest/arch/doorbell.h"
#include "guest/mm/frames.h"

namespace mayfly::guest {

void end_program(u32 wait_status) {
    mailbox().exit_status = wait_status;
    mailbox().memory_peak_bytes = peak_frames() * kPageSize;
    ring_forever(abi::Doorbell::exit);
}

void end_out_of_memory() {
    mailbox().memory_peak_bytes = peak_frames() * kPageSize;
    ring_forever(abi::Doorbell::out_of_memory);
}

}  // namespace mayfly::guest
