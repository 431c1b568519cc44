#include "guest/thread/rseq.h"

#include <linux/rseq.h>

#include "guest/signal/deliver.h"
#include "guest/thread/syscalls.h"

namespace mayfly::guest {
namespace {

constexpr usize kAreaBytes = sizeof(struct rseq);
constexpr u32 kCpu = 0;
static_assert(kAreaBytes == 32);

ErrnoOr<void> publish_cpu(UserAddr area, u32 cpu_id) {
    const u32 words[2] = {kCpu, cpu_id};  // cpu_id_start, cpu_id
    return copy_to_user(area, words, sizeof words);
}

ErrnoOr<void> set_up(Thread& self, UserAddr area, u32 bytes, u32 signature) {
    if (raw(self.rseq_area) != 0) {
        if (area != self.rseq_area || bytes != kAreaBytes) return fail(EINVAL);
        return fail(signature == self.rseq_signature ? EBUSY : EPERM);
    }
    if (bytes != kAreaBytes || raw(area) % kAreaBytes != 0) return fail(EINVAL);
    MF_TRY(publish_cpu(area, kCpu));
    self.rseq_area = area;
    self.rseq_signature = signature;
    return {};
}

ErrnoOr<void> tear_down(Thread& self, UserAddr area, u32 bytes, u32 signature) {
    if (raw(area) == 0 || area != self.rseq_area || bytes != kAreaBytes) return fail(EINVAL);
    if (signature != self.rseq_signature) return fail(EPERM);
    MF_TRY(publish_cpu(area, static_cast<u32>(RSEQ_CPU_ID_UNINITIALIZED)));
    self.rseq_area = {};
    return {};
}

// The active sequence is named by the area; it is no longer active whatever comes of it.
ErrnoOr<void> abort_if_inside(Thread& thread, TrapFrame& frame) {
    const UserPtr<u64> active{thread.rseq_area + offsetof(struct rseq, rseq_cs)};
    const u64 address = MF_TRY(active.get());
    if (address == 0) return {};
    MF_TRY(active.put(0));

    struct rseq_cs sequence;
    MF_TRY(copy_from_user(&sequence, UserAddr{address}, sizeof sequence));
    const bool inside = frame.rip - sequence.start_ip < sequence.post_commit_offset;
    if (!inside) return {};
    u32 signature = 0;  // in front of the handler, so that nobody is sent to an arbitrary address
    MF_TRY(copy_from_user(&signature, UserAddr{sequence.abort_ip - sizeof signature}, sizeof signature));
    if (sequence.version != 0 || signature != thread.rseq_signature || sequence.abort_ip >= kUserEnd)
        return fail(EINVAL);
    frame.rip = sequence.abort_ip;
    return {};
}

}  // namespace

void abort_restartable_sequence(Thread& thread, TrapFrame& frame) {
    if (raw(thread.rseq_area) == 0) return;
    if (!abort_if_inside(thread, frame)) force_fault(thread, SIGSEGV, SI_KERNEL, 0, 0, 0);
}

SysResult sys_rseq(Thread& self, UserAddr area, unsigned bytes, int flags, unsigned signature) {
    if ((flags & ~RSEQ_FLAG_UNREGISTER) != 0) return fail(EINVAL);
    if (flags == RSEQ_FLAG_UNREGISTER)
        MF_TRY(tear_down(self, area, bytes, signature));
    else
        MF_TRY(set_up(self, area, bytes, signature));
    return 0;
}

}  // namespace mayfly::guest
