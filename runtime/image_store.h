// Images in the state folder: opening, building, their base snapshots.
#pragma once

#include <optional>
#include <string_view>

#include "mayfly/mayfly.h"
#include "runtime/engine_impl.h"
#include "runtime/snapshot_files.h"

namespace mayfly::runtime {

struct OpenImage {
    ImageInfo info;
    snapshot::Sha256 digest = {};
    UniqueFd file;

    MicrovmPlan::Window window() const { return {file.get(), info.bytes, "/"}; }
    snapshot::WindowImage window_image() const { return {info.bytes, "/", digest}; }
};

// What a microVM of that base is started from.
MicrovmPlan plan_of(const OpenImage& image, const OpenSnapshot& base, std::uint64_t ram_bytes);

Result<OpenImage> open_image(const Engine::Impl& engine, std::string_view name);
// With its base snapshot.
struct OpenRuntime {
    OpenImage image;
    OpenSnapshot base;
};
// A base that was made on another CPU, backend or by an older build is made anew. Not for who has the lock
// for changes of the name.
Result<OpenRuntime> open_runtime(Engine::Impl& engine, std::string_view name);
// Such a base is incompatible.
Result<OpenRuntime> open_runtime_as_it_is(Engine::Impl& engine, std::string_view name);

Result<ImageInfo> image_info(const Engine::Impl& engine, std::string_view name);
Result<std::vector<ImageInfo>> list_images(const Engine::Impl& engine);
Result<ImageInfo> build_image(Engine::Impl& engine, const ImageOptions& options);
Result<void> remove_image(const Engine::Impl& engine, std::string_view name);

// Engine::keep_ready
Result<void> keep_ready(Engine::Impl& engine, std::string_view image, std::size_t count, std::uint32_t memory_mb);

// Boots the image's runtime and captures it into folder / "base", which must not exist.
Result<void> make_base_snapshot(Engine::Impl& engine, const OpenImage& image, const std::filesystem::path& folder);

}  // namespace mayfly::runtime
