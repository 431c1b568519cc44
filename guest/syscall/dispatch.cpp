// From the registers of a SYSCALL to its handler and back.
#include "guest/arch/control.h"
#include "guest/arch/doorbell.h"
#include "guest/syscall/table.h"
#include "guest/syscall/trace.h"
#include "guest/thread/process.h"
#include "guest/thread/scheduler.h"

namespace mayfly::guest {
namespace {

constexpr u64 kSyscallInstructionBytes = 2;

SysResult call(Thread& self, u64 number, const u64 (&arguments)[6]) {
    const SyscallEntry* entry = kSyscalls.find(number);
    if (entry == nullptr || entry->handler == nullptr) {
        ++mailbox().unknown_syscalls;
        return fail(ENOSYS);
    }
    return entry->handler(self, arguments);
}

}  // namespace

// entry.S
extern "C" void handle_syscall(TrapFrame& frame) {
    Thread& self = current();
    const u64 number = frame.rax;
    const u64 arguments[6] = {frame.rdi, frame.rsi, frame.rdx, frame.r10, frame.r8, frame.r9};
    const bool traced = (control().flags & abi::kTraceSyscalls) != 0;
    ++mailbox().syscalls;
    if (traced) trace_entry(self, number, arguments);
    const SysResult result = call(self, number, arguments);
    // rt_sigreturn has replaced the whole frame; its handler returns the new RAX.
    frame.rax = result ? static_cast<u64>(*result) : static_cast<u64>(-static_cast<i64>(result.error().value));
    if (traced) trace_exit(self, number, result);
    before_return_to_user(frame);
}

// entry.S: by the instruction, which costs more (syscall/detours.h).
extern "C" void handle_syscall_trap(TrapFrame& frame) {
    current().process().detours().count_trap(frame.rip - kSyscallInstructionBytes, frame.rax);
    handle_syscall(frame);
}

}  // namespace mayfly::guest
