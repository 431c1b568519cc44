// The real kernel, where it can't go on.
#include <gmock/gmock.h>

#include "guest_machine.h"
#include "vmm/log_records.h"

namespace mayfly::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class Kernel : public GuestTest {
protected:
    std::string log_of(const vmm::Stop& stop) {
        std::string text;
        machine().exchange().begin_event();  // the machine has read it too
        const auto log = machine().exchange().copy_log(static_cast<std::uint32_t>(stop.log_bytes));
        vmm::for_each_record(log, [&text](abi::LogStream, std::span<const std::byte> record) {
            text.append(reinterpret_cast<const char*>(record.data()), record.size());
        });
        return text;
    }
};

TEST_F(Kernel, ThatPanicsSaysWhyAndWhere) {
    load("kernel");  // without an image

    const vmm::Stop stop = run(abi::EventKind::boot);
    const std::string log = log_of(stop);

    EXPECT_EQ(stop.reason, vmm::StopReason::panic);
    EXPECT_EQ(stop.detail, "cannot mount the image");
    EXPECT_THAT(log, HasSubstr("kernel panic: cannot mount the image\n"));
    EXPECT_THAT(log, AllOf(HasSubstr(" kernel_main+0x"), HasSubstr(" kernel_entry+0x")));
    EXPECT_EQ(log.find(" kernel_entry+0x"), log.rfind(" kernel_entry+0x"));
}

}  // namespace
}  // namespace mayfly::test
