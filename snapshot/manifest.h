// The manifest of a snapshot: everything but its memory. docs/snapshot-format.md describes the file.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "snapshot/cpu_features.h"
#include "snapshot/digest.h"
#include "snapshot/extent.h"
#include "snapshot/manifest_header.h"
#include "vmm/cpu_state.h"

namespace mayfly::snapshot {

using vmm::CpuState;

struct WindowImage {
    std::uint64_t bytes = 0;
    std::string mount_path;
    Sha256 digest = {};

    bool operator==(const WindowImage&) const = default;
};

struct Manifest {
    Kind kind = Kind::base;
    std::uint32_t abi_version = 0;
    Backend backend = {};
    CpuFeatures cpu_features;
    std::uint64_t memory_bytes = 0;
    std::uint64_t memory_xxh3 = 0;

    CpuState cpu;
    std::vector<Extent> extents;
    std::vector<std::uint64_t> page_table_frames;  // sorted
    std::uint64_t monotonic_ns = 0;
    std::uint64_t ram_bytes = 0;
    std::vector<WindowImage> windows;
    std::optional<Sha256> base_digest;  // of a function snapshot: digest of its base's manifest file
    std::string build_id;
    std::int64_t created_at = 0;
    // Pages that what follows is expected to write, an event or a load; ascending.
    std::vector<std::uint32_t> working_set;
    // Of a base snapshot: pages in whose place loads put copies, as a trial load did; ascending.
    std::vector<std::uint32_t> replaced_pages;

    bool operator==(const Manifest&) const = default;
};

inline constexpr std::size_t kMaxPageTableFrames = 32768;

struct LoadedManifest {
    Manifest manifest;
    Sha256 digest;  // of the whole file: how a function snapshot names its base
};

Result<std::string> encode_manifest(const Manifest& manifest);
// Checks digests first, decodes after, then checks that every number makes sense.
Result<LoadedManifest> decode_manifest(std::string_view file);

Result<Sha256> save_manifest(const std::filesystem::path& path, const Manifest& manifest);
Result<LoadedManifest> load_manifest(const std::filesystem::path& path);

// incompatible, with what differs, unless this build on this host can restore it.
Result<void> check_compatible(const Manifest& manifest, Backend backend, const CpuFeatures& host);

}  // namespace mayfly::snapshot
