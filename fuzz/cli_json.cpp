// What `--json` prints of an invocation, a function or an image whose reply, causes, logs and names are hostile.
// hostile: A19 A20 C16 E15
#include <algorithm>
#include <array>

#include "cli/json_output.h"
#include "fuzz/target.h"
#include "runtime/json_text.h"

using namespace mayfly;

namespace {

std::string take_text(fuzz::Input& input, std::size_t bytes) {
    const auto taken = input.take_bytes(bytes);
    return {reinterpret_cast<const char*>(taken.data()), taken.size()};  // bytes as characters
}

std::string text_of_invocation(fuzz::Input& input, unsigned sizes, cli::JsonLayout layout) {
    Invocation invocation;
    invocation.cause = take_text(input, sizes & 15);
    invocation.request_id = take_text(input, (sizes >> 4) & 15);
    invocation.logs = {{LogStream::output, take_text(input, (sizes >> 8) & 31)}, {LogStream::kernel, {}}};
    invocation.reply = std::string(input.text());
    return cli::json_text(invocation, layout);
}

std::string text_of_invocation_line(fuzz::Input& input, unsigned sizes) {
    return text_of_invocation(input, sizes, cli::JsonLayout::one_line);
}

std::string text_of_indented_invocation(fuzz::Input& input, unsigned sizes) {
    return text_of_invocation(input, sizes, cli::JsonLayout::indented);
}

std::string text_of_function(fuzz::Input& input, unsigned sizes) {
    FunctionInfo function;
    function.name = take_text(input, sizes & 15);
    function.environment[take_text(input, (sizes >> 4) & 15)] = take_text(input, (sizes >> 8) & 31);
    function.training_event = take_text(input, sizes & 7);
    function.load_logs = {{LogStream::output, std::string(input.text())}};
    return (sizes & 1) != 0 ? cli::json_text(std::vector{function, function}) : cli::json_text(function);
}

std::string text_of_image(fuzz::Input& input, unsigned sizes) {
    ImageInfo image;
    image.name = take_text(input, sizes & 15);
    image.packages = {take_text(input, (sizes >> 4) & 15), {}};
    image.steps = {{take_text(input, (sizes >> 8) & 31), 1, 2}};
    image.path = std::string(input.text());
    return (sizes & 1) != 0 ? cli::json_text(std::vector{image, image}) : cli::json_text(image);
}

std::string text_of_checks(fuzz::Input& input, unsigned sizes) {
    const CheckStatus status{static_cast<CheckStatus>(sizes % 3)};
    const Check check{take_text(input, sizes & 15), status, take_text(input, (sizes >> 4) & 15),
                      std::string(input.text())};
    return cli::json_text(std::vector{check}, (sizes & 1) != 0);
}

using Maker = std::string (*)(fuzz::Input&, unsigned);

// An invocation's more often than the others: only there a piece of JSON is taken as it is.
constexpr std::array<Maker, 8> kMakers{text_of_invocation_line, text_of_indented_invocation,
                                       text_of_invocation_line, text_of_indented_invocation,
                                       text_of_invocation_line, text_of_function,
                                       text_of_image,           text_of_checks};

}  // namespace

MF_FUZZ_TARGET(input) {
    const unsigned sizes = input.take<std::uint16_t>();
    const Maker maker = kMakers[sizes >> 13];

    const std::string text = maker(input, sizes);

    MF_REQUIRE(text.back() == '\n');
    if (maker == text_of_invocation_line) MF_REQUIRE(std::count(text.begin(), text.end(), '\n') == 1);
    MF_REQUIRE(runtime::is_json(text));
}
