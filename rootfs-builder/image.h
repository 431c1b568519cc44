// An image from Debian packages: fetched, unpacked, slimmed, and made a reproducible EROFS file. Needs
// no privileges. The same packages give the same bytes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/error.h"
#include "rootfs-builder/progress.h"

namespace mayfly::rootfs {

struct ImageRequest {
    std::string runtime;                    // "python3.11", or empty: only the packages and what they need
    std::vector<std::string> packages;      // further Debian packages, by name; their dependencies come along
    std::filesystem::path output;           // the image file; appears only when it is complete
    std::filesystem::path cache_directory;  // fetched packages stay here for the next build
    std::filesystem::path work_directory;   // for the tree, removed at the end; needs room for it
    const StopFlag* stop = nullptr;
};

// One line of the table of sizes.
struct ImageStep {
    std::string name;
    std::uint64_t bytes = 0;  // what the tree takes in an image after this step, in whole blocks
    std::uint64_t files = 0;
};

struct ImageReport {
    std::vector<std::string> packages;  // "name=version", sorted
    std::vector<ImageStep> steps;       // the last one is the image file
    std::uint64_t bytes = 0;            // of the image file
    std::string sha256;                 // of the image file, hexadecimal
};

Result<ImageReport> build_image(const ImageRequest& request, const ProgressCallback& progress = {});

// The runtimes build_image knows.
std::vector<std::string> runtimes();

}  // namespace mayfly::rootfs
