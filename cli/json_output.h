// What `--json` prints on standard output. Names are stable: programs rely on them.
#pragma once

#include <string>
#include <vector>

#include "mayfly/mayfly.h"

namespace mayfly::cli {

void print_json(const ImageInfo& image);
void print_json(const std::vector<ImageInfo>& images);
void print_json(const FunctionInfo& function);
void print_json(const std::vector<FunctionInfo>& functions);
void print_json(const std::vector<Check>& checks, bool works);

enum class JsonLayout { indented, one_line };
std::string json_text(const Invocation& invocation, JsonLayout layout);
void print_json(const Invocation& invocation, JsonLayout layout);  // outcome, reply, receipt, logs

}  // namespace mayfly::cli
