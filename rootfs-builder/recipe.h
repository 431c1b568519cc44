// What a runtime consists of.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace mayfly::rootfs {

// A file that is part of this library.
struct EmbeddedFile {
    std::string_view name;  // relative: "bootstrap.py", "mayfly/__init__.py"
    std::span<const std::byte> bytes;
};

struct Recipe {
    std::string_view name;
    std::vector<std::string> packages;
    std::string python;               // its program in the image, for byte-code; empty: none
    std::string_view bootstrap_path;  // where its bootstrap goes: "opt/mayfly/python"
    std::vector<EmbeddedFile> bootstrap;
};

// The recipe of a runtime; of the empty name that of an image without one.
Result<Recipe> find_recipe(std::string_view runtime);

}  // namespace mayfly::rootfs
