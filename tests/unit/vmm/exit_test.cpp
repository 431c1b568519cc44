#include "vmm/exit.h"

#include <gmock/gmock.h>

#include <array>
#include <cstring>

#include "abi/doorbell.h"

namespace mayfly::vmm {
namespace {

using testing::HasSubstr;

// The area KVM shares with us: a kvm_run, port data behind it.
class SharedArea {
public:
    static constexpr std::size_t kDataOffset = 8192;

    kvm_run& run() { return *reinterpret_cast<kvm_run*>(bytes_.data()); }
    void set_port_data(std::uint32_t value) { std::memcpy(bytes_.data() + kDataOffset, &value, sizeof value); }
    void set_port_write(std::uint16_t port, std::uint8_t size, std::uint32_t count) {
        run().exit_reason = KVM_EXIT_IO;
        run().io.direction = KVM_EXIT_IO_OUT;
        run().io.port = port;
        run().io.size = size;
        run().io.count = count;
        run().io.data_offset = kDataOffset;
    }
    Exit decode() { return decode_exit(bytes_); }
    std::string bad_reason() {
        const Exit exit = decode();
        const auto* bad = std::get_if<BadExit>(&exit);
        return bad == nullptr ? "no bad exit" : bad->reason;
    }

private:
    alignas(kvm_run) std::array<std::byte, 12288> bytes_{};
};

TEST(DecodeExit, GivesTheOperationOfADoorbell) {
    SharedArea area;
    area.set_port_write(abi::kDoorbellPort, 4, 1);
    area.set_port_data(7);

    const Exit exit = area.decode();

    ASSERT_TRUE(std::holds_alternative<DoorbellRing>(exit));
    EXPECT_EQ(std::get<DoorbellRing>(exit).operation, 7u);
}

TEST(DecodeExit, RefusesADoorbellOfAnotherWidth) {
    SharedArea area;
    area.set_port_write(abi::kDoorbellPort, 2, 1);

    EXPECT_THAT(area.bad_reason(), HasSubstr("1 x 2 bytes"));
}

TEST(DecodeExit, RefusesManyDoorbellsAtOnce) {
    SharedArea area;
    area.set_port_write(abi::kDoorbellPort, 4, 256);

    EXPECT_THAT(area.bad_reason(), HasSubstr("256 x 4 bytes"));
}

TEST(DecodeExit, RefusesDataOutsideOfTheArea) {
    SharedArea area;
    area.set_port_write(abi::kDoorbellPort, 4, 1);
    area.run().io.data_offset = 12288 - 3;

    EXPECT_THAT(area.bad_reason(), HasSubstr("out of range"));
}

TEST(DecodeExit, RefusesOtherPorts) {
    SharedArea area;
    area.set_port_write(0xcf8, 4, 1);

    EXPECT_THAT(area.bad_reason(), HasSubstr("port 0xcf8"));
}

TEST(DecodeExit, RefusesReads) {
    SharedArea area;
    area.set_port_write(abi::kDoorbellPort, 4, 1);
    area.run().io.direction = KVM_EXIT_IO_IN;

    EXPECT_THAT(area.bad_reason(), HasSubstr("read from port"));
}

TEST(DecodeExit, TakesASignalForNothingElse) {
    SharedArea area;
    area.run().exit_reason = KVM_EXIT_INTR;

    EXPECT_TRUE(std::holds_alternative<Interrupted>(area.decode()));
}

class AnyOtherExit : public testing::TestWithParam<std::uint32_t> {};

TEST_P(AnyOtherExit, IsBadAndNamed) {
    SharedArea area;
    area.run().exit_reason = GetParam();

    const std::string reason = area.bad_reason();

    EXPECT_THAT(reason, HasSubstr("(exit reason " + std::to_string(GetParam()) + ")"));
    EXPECT_GT(reason.find(" ("), 4u);
}

INSTANTIATE_TEST_SUITE_P(Numbers, AnyOtherExit,
                         testing::Values(KVM_EXIT_UNKNOWN, KVM_EXIT_EXCEPTION, KVM_EXIT_HYPERCALL, KVM_EXIT_DEBUG,
                                         KVM_EXIT_HLT, KVM_EXIT_MMIO, KVM_EXIT_SHUTDOWN, KVM_EXIT_FAIL_ENTRY,
                                         KVM_EXIT_INTERNAL_ERROR, KVM_EXIT_SYSTEM_EVENT, KVM_EXIT_X86_RDMSR,
                                         KVM_EXIT_X86_WRMSR, 39u, 255u, 0xffff'ffffu));

}  // namespace
}  // namespace mayfly::vmm
