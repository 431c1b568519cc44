// Functions as the measurements load and call them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "bench/lab/temporary_folder.h"
#include "bench/report/samples.h"
#include "mayfly/mayfly.h"

namespace mayfly::bench {

std::string text_of(std::span<const std::byte> bytes);

struct SourceFile {
    std::string name;  // "app.py"
    std::span<const std::byte> content;
};

// Writes the files into a new folder of this name and describes the function that is made of them.
Result<FunctionOptions> describe_function(const TemporaryFolder& folder, const std::string& name,
                                          const std::vector<SourceFile>& files, const std::string& image);

// An outcome other than finished is an Error.
Result<Invocation> invoke(Function& function, std::string_view event, Mode mode);
// The time from the call to its return. A reply other than `expected` is an Error, unless that is empty.
Result<Sample> time_invocation(Function& function, std::string_view event, Mode mode, std::string_view expected = {});

Counts counts_of(const Receipt& receipt);

}  // namespace mayfly::bench
