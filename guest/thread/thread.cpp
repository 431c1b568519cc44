#include "guest/thread/thread.h"

#include <cstring>

#include "guest/arch/fpu.h"
#include "guest/lib/heap.h"
#include "guest/thread/process.h"

namespace mayfly::guest {

extern "C" void thread_entry();

namespace {

// What switch_stacks pops before it returns into thread_entry.
struct FirstSwitch {
    u64 saved[6];
    u64 return_address;
};

}  // namespace

ErrnoOr<Ref<Thread>> Thread::create(Process& process, const TrapFrame& frame) {
    auto thread = MF_TRY(make_ref<Thread>(process, process.allocate_tid()));
    MF_TRY(thread->build_stack(frame));
    return thread;
}

ErrnoOr<void> Thread::build_stack(const TrapFrame& frame) {
    constexpr usize kXsaveAlignment = 64;
    xsave_block_ = heap_allocate(xsave_bytes() + kXsaveAlignment);
    stack_ = heap_allocate(kKernelStackBytes);
    if (xsave_block_ == nullptr || stack_ == nullptr) return fail(ENOMEM);
    xsave_area = reinterpret_cast<std::byte*>(round_up(reinterpret_cast<u64>(xsave_block_), kXsaveAlignment));
    xsave_initialize(xsave_area);

    kernel_stack_top = reinterpret_cast<u64>(stack_) + kKernelStackBytes;
    frame_ = reinterpret_cast<TrapFrame*>(kernel_stack_top - sizeof(TrapFrame));
    *frame_ = frame;
    const FirstSwitch first{{}, reinterpret_cast<u64>(&thread_entry)};
    kernel_rsp = reinterpret_cast<u64>(frame_) - sizeof first;
    std::memcpy(reinterpret_cast<void*>(kernel_rsp), &first, sizeof first);
    return {};
}

Thread::~Thread() {
    heap_free(xsave_block_);
    heap_free(stack_);
}

FdTable& Thread::fds() const { return process_.fds(); }
AddressSpace& Thread::space() const { return process_.space(); }

}  // namespace mayfly::guest
