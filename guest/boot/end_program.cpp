#include "guest/boot/end_program.h"

#include "guest/arch/doorbell.h"
#include "guest/boot/usage.h"

namespace mayfly::guest {

void end_program(u32 wait_status) {
    mailbox().exit_status = wait_status;
    report_usage();
    ring_forever(abi::Doorbell::exit);
}

void end_out_of_memory() {
    report_usage();
    ring_forever(abi::Doorbell::out_of_memory);
}

}  // namespace mayfly::guest
