// What `--json` prints of an invocation whose reply, cause and log are a hostile function's.
// hostile: A19 A20 C16 E15
#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/json_output.h"
#include "fuzz/target.h"
#include "runtime/json_text.h"

using namespace mayfly;

namespace {

std::string take_text(fuzz::Input& input, std::size_t bytes) {
    const auto taken = input.take_bytes(bytes);
    return {reinterpret_cast<const char*>(taken.data()), taken.size()};  // bytes as characters
}

}  // namespace

MF_FUZZ_TARGET(input) {
    Invocation invocation;
    const auto sizes = input.take<std::uint16_t>();
    invocation.cause = take_text(input, sizes & 15);
    invocation.request_id = take_text(input, (sizes >> 4) & 15);
    invocation.logs = {{LogStream::output, take_text(input, (sizes >> 8) & 31)}, {LogStream::kernel, {}}};
    invocation.reply = std::string(input.text());

    const std::string line = cli::json_text(invocation, cli::JsonLayout::one_line);
    const std::string indented = cli::json_text(invocation, cli::JsonLayout::indented);

    MF_REQUIRE(std::count(line.begin(), line.end(), '\n') == 1 && line.back() == '\n');
    MF_REQUIRE(runtime::is_json(line) && runtime::is_json(indented));
}
