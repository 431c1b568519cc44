#include "guest/invoke/resume.h"

#include "guest/arch/doorbell.h"
#include "guest/fs/mount.h"
#include "guest/boot/dump.h"
#include "guest/invoke/windows.h"
#include "guest/lib/random.h"
#include "guest/mm/frames.h"
#include "guest/thread/scheduler.h"

namespace mayfly::guest {

void wait_for_event() {
    mailbox().memory_peak_bytes = peak_frames() * kPageSize;
    save_user_state();  // a restored vCPU comes back with RIP and RSP only
    ring(abi::Doorbell::wait_event);
    random_reseed();
    forget_tick();
    extend_frames();
    map_new_windows();
    if (!mount_new_windows()) kernel_panic("cannot mount a new window");
    restore_user_state();
}

}  // namespace mayfly::guest
