// Loads a small function into a base snapshot that was just made, to see what loads do to it.
#pragma once

#include <filesystem>

#include "runtime/image_store.h"

namespace mayfly::runtime {

// Adds replaced_pages and the working set of loads to the base snapshot in `base_folder`. Without them all works,
// slower.
Result<void> note_what_loads_replace(Engine::Impl& engine, const OpenImage& image,
                                     const std::filesystem::path& base_folder);

}  // namespace mayfly::runtime
