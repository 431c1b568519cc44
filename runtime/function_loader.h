// Loads a function's code into a microVM that was started from its image's base snapshot, and keeps the
// result as the function's snapshot.
#pragma once

#include <filesystem>
#include <optional>

#include "mayfly/mayfly.h"
#include "runtime/image_store.h"

namespace mayfly::runtime {

Result<void> check_function_options(const FunctionOptions& options);

// Where a function's code comes from: a folder, or the code.erofs of an earlier load.
struct CodeSource {
    std::filesystem::path directory;
    std::filesystem::path image;
};

// A microVM of the base that was told to load code, of which a snapshot can be taken if it did.
struct Load {
    Microvm microvm;
    Stop stop;
};
Result<Load> load_code(Engine::Impl& engine, const OpenImage& image, const OpenSnapshot& base,
                       const FunctionOptions& options, const MicrovmPlan::Window& code);

// Fills `folder`, which exists and is empty, with code.erofs, memory, manifest and function.json.
Result<FunctionInfo> load_function(Engine::Impl& engine, const FunctionOptions& options, const CodeSource& code,
                                   std::int64_t created_at, const std::filesystem::path& folder);

}  // namespace mayfly::runtime
