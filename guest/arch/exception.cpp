// Exceptions and ticks: page faults are answered, the program's own mistakes become signals, the
// kernel's end the microVM.
#include <asm/siginfo.h>
#include <asm/signal.h>

#include "abi/doorbell.h"
#include "guest/arch/doorbell.h"
#include "guest/arch/trap_frame.h"
#include "guest/boot/dump.h"
#include "guest/boot/end_program.h"
#include "guest/mm/address_space.h"
#include "guest/signal/deliver.h"
#include "guest/thread/process.h"
#include "guest/thread/scheduler.h"

namespace mayfly::guest {

extern "C" const char user_copy_begin[], user_copy_end[], user_copy_fault[];
extern "C" const char user_fill_begin[], user_fill_end[];
extern "C" const char user_word_begin[], user_word_end[], user_word_fault[];
extern "C" const char user_scan_begin[], user_scan_end[];

namespace {

// Vectors (SDM 3A, table 6-1).
constexpr u64 kDivideError = 0;
constexpr u64 kDebug = 1;
constexpr u64 kBreakpoint = 3;
constexpr u64 kInvalidOpcode = 6;
constexpr u64 kStackFault = 12;
constexpr u64 kGeneralProtection = 13;
constexpr u64 kPageFault = 14;
constexpr u64 kFloatingPoint = 16;
constexpr u64 kAlignment = 17;
constexpr u64 kSimd = 19;

// Page-fault error code (SDM 3A, 4.7).
constexpr u64 kErrorWrite = 1 << 1;
constexpr u64 kErrorFetch = 1 << 4;

bool in_kernel(const TrapFrame& frame) { return static_cast<i64>(frame.rip) < 0; }

Access access_of(u64 error) {
    if ((error & kErrorFetch) != 0) return Access::execute;
    return (error & kErrorWrite) != 0 ? Access::write : Access::read;
}

bool within(u64 address, const char* begin, const char* end) {
    return address >= reinterpret_cast<u64>(begin) && address < reinterpret_cast<u64>(end);
}

// A fault of the functions of entry.S that touch user memory: goes on at their error path. RCX or RAX
// holds what they had left.
bool recover_user_access(TrapFrame& frame) {
    if (within(frame.rip, user_copy_begin, user_copy_end))
        frame.rip = reinterpret_cast<u64>(user_copy_fault);
    else if (within(frame.rip, user_fill_begin, user_fill_end))
        frame.rip = reinterpret_cast<u64>(user_fill_end);
    else if (within(frame.rip, user_word_begin, user_word_end))
        frame.rip = reinterpret_cast<u64>(user_word_fault);
    else if (within(frame.rip, user_scan_begin, user_scan_end))
        frame.rip = reinterpret_cast<u64>(user_word_fault);
    else
        return false;
    return true;
}

FaultResult answer_page_fault(u64 address, u64 error) {
    ++mailbox().page_faults;
    if (address >= kUserEnd) return FaultResult::not_mapped;
    const FaultResult result = current().space().handle_fault(address, access_of(error));
    if (result == FaultResult::out_of_memory) end_out_of_memory();
    return result;
}

void kernel_exception(TrapFrame& frame, u64 address) {
    if (frame.vector == kPageFault) {
        if (answer_page_fault(address, frame.error) == FaultResult::handled) return;
        if (recover_user_access(frame)) return;
    }
    kernel_panic_at(frame, address);
}

// The exceptions of the last instruction that are not masked: bits of the x87 status word, and of MXCSR.
u32 x87_exceptions() {
    u16 status = 0, control = 0;
    asm volatile("fnstsw %0" : "=m"(status));
    asm volatile("fnstcw %0" : "=m"(control));
    return status & ~u32{control} & 0x3f;
}
u32 simd_exceptions() {
    u32 mxcsr = 0;
    asm volatile("stmxcsr %0" : "=m"(mxcsr));
    return mxcsr & ~(mxcsr >> 7) & 0x3f;
}

// si_code of a floating point exception, of several the one Linux names (SDM volume 1, 8.5 and 11.5.2).
int floating_point_code(u32 exceptions) {
    if ((exceptions & 0x01) != 0) return FPE_FLTINV;
    if ((exceptions & 0x04) != 0) return FPE_FLTDIV;
    if ((exceptions & 0x08) != 0) return FPE_FLTOVF;
    if ((exceptions & 0x12) != 0) return FPE_FLTUND;
    return FPE_FLTRES;
}

void user_page_fault(TrapFrame& frame, u64 address) {
    Thread& self = current();
    switch (answer_page_fault(address, frame.error)) {
    case FaultResult::handled: return;
    case FaultResult::beyond_object: return force_fault(self, SIGBUS, BUS_ADRERR, address, kPageFault, frame.error);
    case FaultResult::not_allowed: return force_fault(self, SIGSEGV, SEGV_ACCERR, address, kPageFault, frame.error);
    default: return force_fault(self, SIGSEGV, SEGV_MAPERR, address, kPageFault, frame.error);
    }
}

void user_exception(TrapFrame& frame, u64 address) {
    Thread& self = current();
    const auto force = [&](int signal, int code, u64 at) {
        force_fault(self, signal, code, at, frame.vector, frame.error);
    };
    switch (frame.vector) {
    case abi::kTickVector: return;
    case kPageFault: return user_page_fault(frame, address);
    case kDivideError: return force(SIGFPE, FPE_INTDIV, frame.rip);
    case kDebug: return force(SIGTRAP, TRAP_TRACE, frame.rip);
    case kBreakpoint: return force(SIGTRAP, SI_KERNEL, 0);
    case kInvalidOpcode: return force(SIGILL, ILL_ILLOPN, frame.rip);
    case kFloatingPoint: return force(SIGFPE, floating_point_code(x87_exceptions()), frame.rip);
    case kSimd: return force(SIGFPE, floating_point_code(simd_exceptions()), frame.rip);
    case kAlignment: return force(SIGBUS, BUS_ADRALN, 0);
    case kStackFault: return force(SIGBUS, SI_KERNEL, 0);
    case kGeneralProtection:
    default: return force(SIGSEGV, SI_KERNEL, 0);
    }
}

}  // namespace

// entry.S. `address` is CR2 of a page fault.
extern "C" void handle_exception(TrapFrame& frame, u64 address) {
    if (in_kernel(frame)) return kernel_exception(frame, address);
    current().process().detours().leave(frame);
    user_exception(frame, address);
    before_return_to_user(frame);
}

}  // namespace mayfly::guest
