// All system calls, from the lists of the subsystems.
#include "guest/syscall/table.h"

#include "guest/fs/syscalls.h"
#include "guest/ipc/syscalls.h"
#include "guest/mm/syscalls.h"
#include "guest/signal/syscalls.h"
#include "guest/thread/syscalls.h"
#include "guest/time/syscalls.h"

namespace mayfly::guest {
namespace {

consteval SyscallTable linux_x86_64() {
    SyscallTable table;
    add_memory_syscalls(table);
    add_fs_syscalls(table);
    add_ipc_syscalls(table);
    add_thread_syscalls(table);
    add_signal_syscalls(table);
    add_time_syscalls(table);
    return table;
}

}  // namespace

constinit const SyscallTable kSyscalls = linux_x86_64();

}  // namespace mayfly::guest
