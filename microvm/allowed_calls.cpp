#include "microvm/allowed_calls.h"

#include <sys/syscall.h>

#include <array>
#include <initializer_list>
#include <span>

#include "snapshot/pagemap.h"
#include "vmm/kvm_ioctls.h"

namespace mayfly::microvm {
namespace {

using jail::AllowedCall;
using jail::AllowedIoctl;

constexpr std::array kCommon = {
    AllowedCall{SYS_ioctl, "ioctl", "KVM, and which pages a run changed: the requests below"},
    AllowedCall{SYS_recvmsg, "recvmsg", "requests of the parent"},
    AllowedCall{SYS_sendmsg, "sendmsg", "answers to the parent"},
    AllowedCall{SYS_ppoll, "ppoll", "waiting for the parent, for the guest's input, or until the guest's next timer"},
    AllowedCall{SYS_sched_yield, "sched_yield", "looking for a request that is about to come"},
    AllowedCall{SYS_getrandom, "getrandom", "entropy for each event"},
    AllowedCall{SYS_clock_gettime, "clock_gettime", "time, where the vDSO can't tell it"},
    AllowedCall{SYS_getrusage, "getrusage", "page faults and processor time of a run, for its receipt"},
    AllowedCall{SYS_timer_settime, "timer_settime", "the deadline of a run"},
    AllowedCall{SYS_rt_sigreturn, "rt_sigreturn", "return from the deadline's signal"},
    AllowedCall{SYS_pread64, "pread64", "KVM's statistics, /proc/self/status, and the pagemap before Linux 6.7"},
    AllowedCall{SYS_close, "close", "descriptors of the parent, once they are mapped"},
    AllowedCall{SYS_mmap, "mmap", "images, memory files and heap; never PROT_EXEC"},
    AllowedCall{SYS_munmap, "munmap", "heap"},
    AllowedCall{SYS_brk, "brk", "heap"},
    AllowedCall{SYS_exit_group, "exit_group", "the end, when the parent is gone"},
};
// Each for some purposes only.
constexpr AllowedCall kProtect{SYS_mprotect, "mprotect", "making KVM forget translations; never PROT_EXEC"};
constexpr AllowedCall kAdvise{SYS_madvise, "madvise", "pages of guest memory that are given back"};
constexpr AllowedCall kSetAffinity{SYS_sched_setaffinity, "sched_setaffinity",
                                   "moving off the caller's processor; of itself only"};
constexpr AllowedCall kSeek{SYS_lseek, "lseek",
                            "sizes of files that come later, and which pages of the exchange area hold data"};
constexpr AllowedCall kRead{SYS_read, "read", "the guest's standard input"};
constexpr AllowedCall kWrite{SYS_pwrite64, "pwrite64", "the memory file of a snapshot"};

// All purposes need the first four; only a function's microVM is reset.
constexpr std::array kIoctls = {
    AllowedIoctl{KVM_RUN, "KVM_RUN", "the guest"},
    AllowedIoctl{KVM_INTERRUPT, "KVM_INTERRUPT", "its tick"},
    AllowedIoctl{snapshot::kPagemapScan, "PAGEMAP_SCAN", "pages that a run changed"},
    AllowedIoctl{KVM_SET_USER_MEMORY_REGION, "KVM_SET_USER_MEMORY_REGION",
                 "RAM that the guest asks for, images that come with an event"},
    AllowedIoctl{vmm::kSetMsrs, "KVM_SET_MSRS", "reset"},
    AllowedIoctl{vmm::kSetXsave, "KVM_SET_XSAVE", "reset"},
    AllowedIoctl{KVM_SET_XCRS, "KVM_SET_XCRS", "reset"},
    AllowedIoctl{KVM_SET_DEBUGREGS, "KVM_SET_DEBUGREGS", "reset"},
    AllowedIoctl{KVM_GET_STATS_FD, "KVM_GET_STATS_FD", "what a run made necessary to reset"},
};
constexpr std::span<const AllowedIoctl> kOfFunction{kIoctls};
constexpr std::span<const AllowedIoctl> kOfOthers = kOfFunction.first(4);

jail::AllowedCalls with_common(std::initializer_list<AllowedCall> more, std::span<const AllowedIoctl> ioctls) {
    jail::AllowedCalls allowed{{kCommon.begin(), kCommon.end()}, ioctls};
    allowed.calls.insert(allowed.calls.end(), more);
    return allowed;
}

}  // namespace

jail::AllowedCalls allowed_calls(Purpose purpose) {
    switch (purpose) {
    case Purpose::function: return with_common({kProtect, kAdvise, kSetAffinity, kSeek}, kOfFunction);
    case Purpose::program: return with_common({kSetAffinity, kRead}, kOfOthers);
    case Purpose::capture: return with_common({kSeek, kWrite}, kOfOthers);
    }
    return {};
}

std::vector<jail::AllowedCalls> all_allowed_calls() {
    return {allowed_calls(Purpose::function), allowed_calls(Purpose::program), allowed_calls(Purpose::capture)};
}

}  // namespace mayfly::microvm
