#include "guest/boot/usage.h"

#include "guest/arch/doorbell.h"
#include "guest/fs/tmpfs_space.h"
#include "guest/mm/frames.h"
#include "guest/thread/process.h"
#include "guest/thread/scheduler.h"

namespace mayfly::guest {

void report_usage() {
    abi::Mailbox& mail = mailbox();
    Process& process = current().process();
    mail.memory_peak_bytes = peak_frames() * kPageSize;
    mail.tmp_peak_bytes = TmpfsSpace::peak_pages() * kPageSize;
    mail.threads_peak = static_cast<u32>(process.thread_peak());
    mail.files_peak = static_cast<u32>(process.fds().peak());
}

}  // namespace mayfly::guest
