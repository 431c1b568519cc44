#include "guest/invoke/resume.h"

#include "guest/arch/control.h"
#include "guest/arch/cpu.h"
#include "guest/arch/doorbell.h"
#include "guest/boot/dump.h"
#include "guest/boot/usage.h"
#include "guest/fs/mount.h"
#include "guest/lib/heap.h"
#include "guest/lib/random.h"
#include "guest/mm/address_space.h"
#include "guest/mm/frames.h"
#include "guest/thread/process.h"
#include "guest/thread/scheduler.h"
#include "guest/thread/tick.h"

namespace mayfly::guest {
namespace {

// The first event after the boot and a practice, if it is a rehearsal, shows which pages events write.
constinit bool has_had_event = false;

bool is(abi::EventKind kind) { return control().event_kind == kind; }
bool is_first_rehearsal() { return !has_had_event && is(abi::EventKind::rehearse); }

// Snapshots are taken at the waits behind the boot, the first rehearsal and the load of a function, never behind an
// event that a function answers.
bool snapshot_may_follow() { return is(abi::EventKind::boot) || is(abi::EventKind::load) || is_first_rehearsal(); }

void prepare_for_snapshot(Thread& self) {
    self.space().stop_watching_use();  // of a program that gave no reply
    self.process().detours().settle();
    self.space().populate(self.frame().rsp);
    self.space().settle_copies();
    heap_clear_free_pages();
}

void leave_base_alone() {
    park_free_frames();
    current().space().keep_base();
}

void take_next_event() {
    if (snapshot_may_follow()) prepare_for_snapshot(current());
    has_had_event = !is(abi::EventKind::boot) && !is(abi::EventKind::practise);
    report_usage();
    save_user_state();  // a restored vCPU comes back with RIP and RSP only
    ask_for_tick_at_resume(others_wait());
    ring(abi::Doorbell::wait_event);
    mailbox().reply_status = abi::ReplyStatus::none;
    random_reseed();
    forget_ticks();
    extend_frames();
    if (!mount_new_windows()) kernel_panic("cannot mount a new window");
    if (is(abi::EventKind::load)) leave_base_alone();
    if (is(abi::EventKind::practise)) current().space().watch_use();
    if (is_first_rehearsal()) current().space().watch_writes();
    restore_user_state();
}

}  // namespace

void reply_given() {
    mailbox().reply_given_tsc = read_tsc();
    if (is(abi::EventKind::practise)) current().space().stop_watching_use();
}

void wait_for_event() {
    take_next_event();
    while (is(abi::EventKind::touch)) {
        current().space().touch_used();
        take_next_event();
    }
}

}  // namespace mayfly::guest
