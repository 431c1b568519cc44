#include "runtime/snapshot_files.h"

#include <fcntl.h>

#include <ctime>

#include "abi/layout.h"
#include "base/file_size.h"
#include "snapshot/durable_file.h"
#include "snapshot/verified_memory.h"

namespace mayfly::runtime {
namespace {

constexpr const char* kMemory = "memory";
constexpr const char* kManifest = "manifest";

Result<UniqueFd> create_file(const std::filesystem::path& path) {
    UniqueFd fd{::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644)};
    if (!fd) return fail_errno(ErrorCode::io, "creating " + path.string());
    return fd;
}

}  // namespace

Result<OpenSnapshot> open_snapshot(const std::filesystem::path& folder, snapshot::Kind kind, const Host& host) {
    auto loaded = MF_TRY(snapshot::load_manifest(folder / kManifest));
    if (loaded.manifest.kind != kind)
        return fail(ErrorCode::corrupt, (folder / kManifest).string() + " is of the wrong kind");
    MF_TRY(host.check(loaded.manifest));
    UniqueFd memory = MF_TRY(
        snapshot::open_verified_memory(folder / kMemory, loaded.manifest.memory_bytes, loaded.manifest.memory_xxh3));
    return OpenSnapshot{std::move(loaded.manifest), loaded.digest, std::move(memory)};
}

Result<void> write_snapshot(Microvm microvm, const SnapshotRequest& request, const Host& host) {
    const UniqueFd memory = MF_TRY(create_file(request.folder / kMemory));
    CapturedState captured = MF_TRY(microvm.capture(memory.get(), request.kind == snapshot::Kind::function));
    // The process can write to the file as long as it lives: only afterwards is there something to sign.
    microvm.kill_and_wait();
    MF_TRY(snapshot::sync_file(memory.get(), request.folder / kMemory));

    snapshot::Manifest manifest;
    manifest.kind = request.kind;
    manifest.abi_version = abi::kVersion;
    manifest.backend = host.backend();
    manifest.cpu_features = host.cpu_features();
    manifest.memory_bytes = MF_TRY(file_size(memory.get(), "a memory file"));
    manifest.memory_xxh3 = MF_TRY(snapshot::xxh3_of_file(memory.get()));
    manifest.cpu = captured.cpu;
    manifest.extents = std::move(captured.extents);
    manifest.page_table_frames = std::move(captured.page_table_frames);
    manifest.monotonic_ns = captured.monotonic_ns;
    manifest.ram_bytes = request.ram_bytes;
    manifest.windows = request.windows;
    manifest.base_digest = request.base_digest;
    manifest.build_id = host.build_id();
    manifest.created_at = std::time(nullptr);
    MF_TRY(save_snapshot_manifest(request.folder, manifest));
    return {};
}

Result<snapshot::Sha256> save_snapshot_manifest(const std::filesystem::path& folder,
                                                const snapshot::Manifest& manifest) {
    return snapshot::save_manifest(folder / kManifest, manifest);
}

}  // namespace mayfly::runtime
