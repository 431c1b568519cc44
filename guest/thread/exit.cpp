#include "guest/thread/exit.h"

#include "guest/boot/end_program.h"
#include "guest/signal/deliver.h"
#include "guest/thread/futex.h"
#include "guest/thread/process.h"
#include "guest/thread/scheduler.h"
#include "guest/thread/syscalls.h"

namespace mayfly::guest {
namespace {

constexpr u32 exited_with(int status) { return (static_cast<u32>(status) & 0xff) << 8; }  // as wait(2) gives it

// pthread_join waits for the word to become 0.
void tell_joiner(Thread& thread) {
    if (raw(thread.clear_child_tid) == 0) return;
    const u32 zero = 0;
    if (copy_to_user(thread.clear_child_tid, &zero, sizeof zero)) futex_wake(thread, thread.clear_child_tid, 1);
}

}  // namespace

void exit_thread(int status) {
    Thread& self = current();
    Process& process = self.process();
    // The status of a program that exits thread by thread is its first thread's.
    if (self.tid() == process.pid()) process.first_thread_status = status;
    if (process.thread_count() == 1) end_program(exited_with(process.first_thread_status));

    release_robust_list(self);
    tell_joiner(self);
    process.remove_thread(self);
    redirect_signals(process);
    exit_current();
}

SysResult sys_exit(Thread&, int status) { exit_thread(status); }

SysResult sys_exit_group(Thread&, int status) { end_program(exited_with(status)); }

}  // namespace mayfly::guest
