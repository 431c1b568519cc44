// Functions in the state folder: loading, opening, listing.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "mayfly/mayfly.h"
#include "runtime/engine_impl.h"
#include "runtime/image_store.h"
#include "runtime/snapshot_files.h"

namespace mayfly::runtime {

// Everything a microVM of the function is started from, checked. The files stay open: the function may be
// replaced or removed meanwhile.
struct OpenFunction {
    FunctionInfo info;
    OpenRuntime runtime;
    OpenSnapshot snapshot;
    UniqueFd code;

    MicrovmPlan plan() const;
};

Result<FunctionInfo> create_function(Engine::Impl& engine, const FunctionOptions& options);
Result<FunctionInfo> update_function(Engine::Impl& engine, std::string_view name, const FunctionUpdate& update);
// Loaded in a workspace, which is gone when this returns.
Result<OpenFunction> make_temporary_function(Engine::Impl& engine, const FunctionOptions& options);

// A function whose image, CPU or build of Mayfly is another than when it was loaded is loaded anew from
// its stored code.
Result<OpenFunction> open_function(Engine::Impl& engine, std::string_view name);

Result<FunctionInfo> function_info(const Engine::Impl& engine, std::string_view name);
Result<std::vector<FunctionInfo>> list_functions(const Engine::Impl& engine);
Result<void> remove_function(const Engine::Impl& engine, std::string_view name);
Result<std::vector<std::string>> functions_of_image(const Engine::Impl& engine, std::string_view image);

}  // namespace mayfly::runtime
