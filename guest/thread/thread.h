// A thread of the program, with its kernel stack.
#pragma once

#include "guest/arch/trap_frame.h"
#include "guest/lib/list.h"
#include "guest/lib/ref.h"
#include "guest/mm/user.h"
#include "guest/signal/signal_state.h"
#include "guest/thread/wait_queue.h"

namespace mayfly::guest {

class Process;
class FdTable;
class AddressSpace;

class Thread : public RefCounted {
public:
    enum class State { runnable, blocked, dead };
    static constexpr usize kKernelStackBytes = 16384;

    // A thread that will enter user mode with `frame`; not yet scheduled (scheduler.h: start).
    static ErrnoOr<Ref<Thread>> create(Process& process, const TrapFrame& frame);
    Thread(Process& process, int tid) : process_(process), tid_(tid) {}
    ~Thread() override;

    Process& process() const { return process_; }
    FdTable& fds() const;
    AddressSpace& space() const;
    int tid() const { return tid_; }

    // The user registers saved at the last entry into the kernel; changing them changes what the
    // thread returns to. At the top of the kernel stack.
    TrapFrame& frame() const { return *frame_; }
    ThreadSignals& signals() { return signals_; }
    const ThreadSignals& signals() const { return signals_; }

    char name[16] = "";
    UserAddr clear_child_tid{};
    UserAddr robust_list{};
    UserAddr rseq_area{};
    u32 rseq_signature = 0;
    u64 fs_base = 0;  // valid while another thread runs
    u64 gs_base = 0;
    u64 cpu_ns = 0;  // up to the last switch

    // Used by the scheduler alone.
    State state = State::blocked;
    Wake wake_reason = Wake::event;
    Deadline wake_at;
    u64 kernel_rsp = 0;
    u64 kernel_stack_top = 0;
    std::byte* xsave_area = nullptr;
    ListNode run_node;
    ListNode sleep_node;
    ListNode process_node;

private:
    ErrnoOr<void> build_stack(const TrapFrame& frame);

    Process& process_;
    int tid_;
    TrapFrame* frame_ = nullptr;
    void* stack_ = nullptr;
    void* xsave_block_ = nullptr;
    ThreadSignals signals_;
};

// The thread that runs now.
Thread& current();

}  // namespace mayfly::guest
