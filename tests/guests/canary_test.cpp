// What a guest leaves anywhere is nowhere after a reset: looked for by the guest itself, in ring 0 too.
#include <gtest/gtest.h>

#include <cstdint>
#include <ostream>

#include "guest_machine.h"
#include "microvm_server.h"
#include "tests/rounds.h"

namespace mayfly::test {
namespace {

// As keeps_canaries counts them.
struct Found {
    std::uint64_t in_ram = 0;
    std::uint64_t in_registers = 0;
    std::uint64_t in_exchange_area = 0;

    bool operator==(const Found&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Found& found) {
    return out << found.in_ram << " in RAM, " << found.in_registers << " in registers, " << found.in_exchange_area
               << " in the exchange area";
}

// 28 MiB of RAM, and of the exchange area all but the head of the mailbox and the reply's first page, in words.
constexpr Found kAll{(28u << 20) / 8, 13 + 4 * 16 + 8 + 3 + 4, ((14u << 20) - 2048 - 4096) / 8};

class CanaryInTheGuest : public GuestTest {
protected:
    static Found found_by(const MicroVmServer& server) {
        return {server.reply_word(0), server.reply_word(1), server.reply_word(2)};
    }
};

TEST_F(CanaryInTheGuest, IsFoundEverywhereWithoutAReset) {
    const Snapshot snapshot = capture_waiting("keeps_canaries");
    MicroVmServer server("keeps_canaries");
    ASSERT_TRUE(server.start(start_from(snapshot), {snapshot.memory.get()}).has_ready());
    server.run(control::EVENT_INVOKE);

    server.run(control::EVENT_INVOKE);

    EXPECT_EQ(found_by(server), kAll);
}

// hostile: H1 H2 F13 S14
TEST_F(CanaryInTheGuest, IsNowhereAfterAReset) {
    const std::uint64_t pairs = rounds(50, 10'000);
    const Snapshot snapshot = capture_waiting("keeps_canaries");
    MicroVmServer server("keeps_canaries");
    ASSERT_TRUE(server.start(start_from(snapshot), {snapshot.memory.get()}).has_ready());
    for (std::uint64_t pair = 0; pair < pairs; ++pair) {
        const auto stopped = server.run(control::EVENT_INVOKE, true);
        ASSERT_EQ(stopped.stopped().reason(), control::STOP_WAITING) << stopped.stopped().detail();
        ASSERT_EQ(found_by(server), Found{}) << "pair " << pair;
        ASSERT_TRUE(server.next().has_clean());
    }
}

}  // namespace
}  // namespace mayfly::test
