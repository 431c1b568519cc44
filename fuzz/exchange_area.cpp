// The parent's view of the exchange area: lengths that a microVM process names, and logs of any shape.
// hostile: A3 A4 A5 A19 A20
#include <sys/mman.h>

#include <algorithm>

#include "abi/layout.h"
#include "base/mapping.h"
#include "fuzz/target.h"
#include "runtime/exchange_area.h"

using namespace mayfly;

namespace {

struct Areas {
    runtime::ExchangeArea parents = *runtime::ExchangeArea::create();
    Mapping processes =
        *Mapping::of(UniqueFd{::dup(parents.fd())}, abi::kExchangeBytes, PROT_READ | PROT_WRITE, MAP_SHARED);
};

std::size_t characters_in(const std::vector<LogRecord>& logs) {
    std::size_t sum = 0;
    for (const LogRecord& record : logs) sum += record.text.size();
    return sum;
}

}  // namespace

MF_FUZZ_TARGET(input) {
    static Areas areas;
    // Any length, but those that take long only at the far end.
    const auto length = input.take<std::uint64_t>();
    const std::uint64_t log_length = length < ~0ull - 7 ? length & 0xfff : length;
    const auto reply_length = input.take<std::uint16_t>();
    const std::size_t tail = input.take<std::uint16_t>();
    const auto log = input.rest();
    std::copy(log.begin(), log.end(), areas.processes.data() + abi::kLogOffset);

    MF_REQUIRE(areas.parents.write_event(input.text()).has_value());
    MF_REQUIRE(areas.parents.copy_reply(reply_length).size() == reply_length);
    auto logs = areas.parents.copy_logs(log_length);

    MF_REQUIRE(characters_in(logs) <= std::min(log_length, abi::kLogBytes));
    runtime::keep_tail(logs, tail);
    MF_REQUIRE(characters_in(logs) <= tail);
}
