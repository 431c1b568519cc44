#include "microvm/messages.h"

#include <gtest/gtest.h>

namespace mayfly::microvm {
namespace {

TEST(CpuStateMessage, GivesBackEveryRegister) {
    vmm::CpuState cpu;
    cpu.rip = 1;
    cpu.rsp = 2;
    cpu.rflags = 3;
    cpu.cr3 = 4;
    for (std::size_t index = 0; index < cpu.general.size(); ++index) cpu.general[index] = 100 + index;
    cpu.fs_base = 5;
    cpu.gs_base = 6;
    cpu.gdt = 7;
    cpu.idt = 8;
    cpu.tss = 9;
    cpu.syscall_entry = 10;
    cpu.xcr0 = 11;
    cpu.tick_period_ns = 12;
    cpu.plugged_ram_bytes = 13;
    control::CpuState message;

    to_message(cpu, message);
    const auto back = from_message(message);

    ASSERT_TRUE(back);
    EXPECT_EQ(*back, cpu);
}

TEST(CpuStateMessage, NeedsAllGeneralRegisters) {
    control::CpuState message;
    message.add_general(1);

    EXPECT_FALSE(from_message(message));
}

TEST(StoppedMessage, HasAReasonForEveryStop) {
    using vmm::StopReason;
    for (const auto reason : {StopReason::waiting, StopReason::exited, StopReason::panic, StopReason::crashed,
                              StopReason::timed_out, StopReason::out_of_memory, StopReason::host_error}) {
        vmm::Stop stop;
        stop.reason = reason;
        control::Stopped message;

        to_message(stop, message);

        EXPECT_NE(message.reason(), control::STOP_UNSPECIFIED);
    }
}

TEST(EventKindMessage, RefusesAnUnknownKind) {
    EXPECT_FALSE(from_message(static_cast<control::EventKind>(77)));
    EXPECT_EQ(from_message(control::EVENT_INVOKE).value(), abi::EventKind::invoke);
}

}  // namespace
}  // namespace mayfly::microvm
