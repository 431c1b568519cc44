// Finds out what an event of a function writes, so that later microVMs have copies of those pages before the event
// comes. A page costs half a microsecond then, and six to ten when the guest writes it first.
#pragma once

#include <filesystem>
#include <string_view>

#include "runtime/engine_impl.h"
#include "runtime/function_store.h"

namespace mayfly::runtime {

// Runs the event in a microVM that is thrown away, whatever comes of it, and notes in the manifest of the snapshot,
// which is in `folder`, what it wrote. An empty event: the runtime answers one of ours without
// calling the handler.
Result<void> train(Engine::Impl& engine, OpenFunction& function, std::string_view event,
                   const std::filesystem::path& folder);

}  // namespace mayfly::runtime
