// What the threads of a program share. There is one process today; fork and execve come later and
// must not need a rewrite, so nothing of a process is global.
#pragma once

#include "guest/fs/fd_table.h"
#include "guest/fs/fs_context.h"
#include "guest/lib/list.h"
#include "guest/lib/string.h"
#include "guest/mm/address_space.h"
#include "guest/signal/signal_state.h"
#include "guest/syscall/detours.h"
#include "guest/thread/credentials.h"
#include "guest/thread/resource_limits.h"
#include "guest/thread/thread.h"

namespace mayfly::guest {

class ProcessTimers;

class Process : public RefCounted {
public:
    explicit Process(int pid);
    ~Process() override;

    int pid() const { return pid_; }
    AddressSpace& space() { return space_; }
    FdTable& fds() { return fds_; }
    FsContext& fs() { return fs_; }
    SignalActions& signals() { return signals_; }
    SyscallDetours& detours() { return detours_; }
    List<Thread, &Thread::process_node>& threads() { return threads_; }
    usize thread_count() const { return thread_count_; }
    usize thread_peak() const { return thread_peak_; }
    // setitimer and timer_create; made at first use.
    ErrnoOr<ProcessTimers*> timers();
    ProcessTimers* timers_if_used() const { return timers_.get(); }

    // The number of a new thread; the first one has the process's.
    int allocate_tid();
    void add_thread(Thread& thread);
    void remove_thread(Thread& thread);
    Thread* find_thread(int tid);

    String executable;          // absolute path, /proc/self/exe
    Vector<char> command_line;  // NUL-separated, /proc/self/cmdline
    Vector<char> environment;   // NUL-separated, /proc/self/environ
    int file_mode_mask = 022;
    ResourceLimits limits;
    int nice = 0;
    int scheduling_policy = 0;  // SCHED_OTHER
    int group = 0;              // setpgid; the pid at first, as a session leader's
    int session = 0;
    u32 personality = 0;
    int dumpable = 1;
    int parent_death_signal = 0;
    bool no_new_privileges = false;
    u32 membarrier_registrations = 0;
    Credentials credentials;
    u64 exited_threads_cpu_ns = 0;
    int first_thread_status = 0;  // of exit(2) in the first thread

private:
    int pid_;
    int next_tid_;
    AddressSpace space_;
    SyscallDetours detours_{space_};
    FdTable fds_;
    FsContext fs_;
    SignalActions signals_;
    List<Thread, &Thread::process_node> threads_;
    usize thread_count_ = 0;
    usize thread_peak_ = 0;
    Owned<ProcessTimers> timers_;
};

}  // namespace mayfly::guest
