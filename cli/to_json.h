// The JSON that `--json` prints. Names are stable: programs rely on them.
#pragma once

#include <nlohmann/json.hpp>
#include <vector>

#include "mayfly/mayfly.h"

namespace mayfly::cli {

using Json = nlohmann::ordered_json;

Json to_json(const Receipt& receipt);
Json to_json(const Invocation& invocation);  // outcome, reply, receipt, logs
Json to_json(const ImageInfo& image);
Json to_json(const FunctionInfo& function);

template <class T>
Json to_json(const std::vector<T>& list) {
    Json json = Json::array();
    for (const T& item : list) json.push_back(to_json(item));
    return json;
}

// Prints it, indented, on standard output. Bytes that are not UTF-8 become U+FFFD.
void print(const Json& json);
// The same on one line.
void print_line(const Json& json);

}  // namespace mayfly::cli
