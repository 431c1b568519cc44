// What `--json` prints on standard output. Names are stable: programs rely on them.
#pragma once

#include <unistd.h>

#include <string>
#include <utility>
#include <vector>

#include "cli/terminal.h"
#include "mayfly/mayfly.h"

namespace mayfly::cli {

enum class JsonLayout { indented, one_line };

// Each a JSON document and the end of a line.
std::string json_text(const ImageInfo& image);
std::string json_text(const std::vector<ImageInfo>& images);
std::string json_text(const FunctionInfo& function);
std::string json_text(const std::vector<FunctionInfo>& functions);
std::string json_text(const std::vector<Check>& checks, bool works);
std::string json_text(const Invocation& invocation, JsonLayout layout);  // outcome, reply, receipt, logs

// Any of them, on standard output.
template <class... Arguments>
void print_json(const Arguments&... arguments) {
    write_all(STDOUT_FILENO, json_text(arguments...));
}

}  // namespace mayfly::cli
