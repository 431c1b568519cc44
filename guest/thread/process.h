// What the threads of a program share. There is one process today; fork and execve come later and
// must not need a rewrite, so nothing of a process is global.
#pragma once

#include "guest/fs/fd_table.h"
#include "guest/fs/fs_context.h"
#include "guest/lib/list.h"
#include "guest/lib/string.h"
#include "guest/mm/address_space.h"
#include "guest/signal/signal_state.h"
#include "guest/thread/thread.h"

namespace mayfly::guest {

class Process : public RefCounted {
public:
    explicit Process(int pid) : pid_(pid) {}

    int pid() const { return pid_; }
    AddressSpace& space() { return space_; }
    FdTable& fds() { return fds_; }
    FsContext& fs() { return fs_; }
    SignalActions& signals() { return signals_; }
    List<Thread, &Thread::process_node>& threads() { return threads_; }
    usize thread_count() const { return thread_count_; }

    void add_thread(Thread& thread);
    void remove_thread(Thread& thread);
    Thread* find_thread(int tid);

    String executable;        // absolute path, /proc/self/exe
    Vector<char> command_line;  // NUL-separated, /proc/self/cmdline
    Vector<char> environment;   // NUL-separated, /proc/self/environ
    int file_mode_mask = 022;

private:
    int pid_;
    AddressSpace space_;
    FdTable fds_;
    FsContext fs_;
    SignalActions signals_;
    List<Thread, &Thread::process_node> threads_;
    usize thread_count_ = 0;
};

}  // namespace mayfly::guest
