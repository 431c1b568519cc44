// A reply as the library and the command look at it: whether it is JSON, and what it says of an error.
// hostile: A19 C16
#include <nlohmann/json.hpp>

#include "fuzz/target.h"
#include "runtime/error_reply.h"
#include "runtime/json_text.h"

using namespace mayfly;

MF_FUZZ_TARGET(input) {
    const std::string_view reply = input.text();
    const bool is_json = runtime::is_json(reply);
    // A value is one anywhere in a document; but of numbers the library knows less than JSON.
    if (is_json && reply.find_first_of("0123456789") == reply.npos)
        MF_REQUIRE(nlohmann::json::accept("[" + std::string(reply) + "]"));
    MF_REQUIRE(runtime::describe_load_error(reply).size() <= 100 + 2 * reply.size());
    MF_REQUIRE(!runtime::describe_function_error(reply).empty());
}
