// The guest's log buffer as the VMM takes it: records of any length and stream, what is kept of them, and the
// reason of a panic.
// hostile: A3 A19 A20 E15
#include <algorithm>

#include "fuzz/target.h"
#include "vmm/log_records.h"

using namespace mayfly;

MF_FUZZ_TARGET(input) {
    const std::size_t limit = input.take<std::uint16_t>();
    const std::size_t first_bytes = input.take<std::uint16_t>();
    vmm::LogKeeper keeper(limit);
    keeper.add(input.take_bytes(first_bytes));
    keeper.add(input.rest());

    MF_REQUIRE(keeper.kept().size() <= limit);
    std::size_t visited = 0;
    vmm::for_each_record(keeper.kept(), [&](abi::LogStream stream, std::span<const std::byte> text) {
        visited += text.size();
        MF_REQUIRE(stream >= abi::LogStream::output && stream <= abi::LogStream::trace);
    });
    MF_REQUIRE(visited <= keeper.kept().size());
    const std::string reason = vmm::panic_reason(input.rest());
    MF_REQUIRE(reason.size() <= 400);
    MF_REQUIRE(std::all_of(reason.begin(), reason.end(), [](char c) { return c >= ' ' && c <= '~'; }));
}
