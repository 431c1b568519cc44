// A snapshot as files: `memory` and `manifest` in one folder.
#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "base/error.h"
#include "base/unique_fd.h"
#include "runtime/host.h"
#include "snapshot/manifest.h"

namespace mayfly::runtime {

struct OpenSnapshot {
    snapshot::Manifest manifest;
    snapshot::Sha256 digest = {};  // of the manifest file
    UniqueFd memory;
};

// Checks everything: digests, kind, and that this host can restore it.
Result<OpenSnapshot> open_snapshot(const std::filesystem::path& folder, snapshot::Kind kind, const Host& host);

struct SnapshotRequest {
    std::filesystem::path folder;  // exists, is empty of these two files
    snapshot::Kind kind = snapshot::Kind::base;
    std::uint64_t ram_bytes = 0;
    std::vector<snapshot::WindowImage> windows;
    std::optional<snapshot::Sha256> base_digest;
};

// Captures a microVM that waits, ends it, and writes both files.
Result<void> write_snapshot(Microvm microvm, const SnapshotRequest& request, const Host& host);

// Replaces the manifest; gives its digest.
Result<snapshot::Sha256> save_snapshot_manifest(const std::filesystem::path& folder,
                                                const snapshot::Manifest& manifest);

}  // namespace mayfly::runtime
