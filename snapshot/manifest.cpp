#include "snapshot/manifest.h"

#include <algorithm>
#include <functional>

#include "abi/control_page.h"
#include "abi/layout.h"
#include "snapshot/durable_file.h"
#include "snapshot/manifest_body.h"

namespace mayfly::snapshot {
namespace {

Unexpected<Error> corrupt(std::string_view what) {
    return fail(ErrorCode::corrupt, "the manifest " + std::string(what));
}

// The file holds one extent after the other, without gaps: so each byte of it is named once.
Result<void> check_extents(const Manifest& manifest) {
    std::uint64_t ram_end = 0;
    std::uint64_t file_end = 0;
    for (const Extent& extent : manifest.extents) {
        const bool is_aligned = extent.ram_offset % abi::kPageSize == 0 && extent.bytes % abi::kPageSize == 0;
        if (!is_aligned || extent.bytes == 0 || extent.ram_offset < ram_end || extent.file_offset != file_end ||
            extent.bytes > manifest.ram_bytes || extent.ram_offset > manifest.ram_bytes - extent.bytes)
            return corrupt("names pages outside the RAM");
        ram_end = extent.ram_offset + extent.bytes;
        file_end += extent.bytes;
    }
    if (file_end != manifest.memory_bytes) return corrupt("and the length of its memory file differ");
    return {};
}

Result<void> check_windows(const Manifest& manifest) {
    if (manifest.windows.empty() || manifest.windows.size() > abi::kMaxWindows)
        return corrupt("has no image or too many");
    for (const WindowImage& window : manifest.windows)
        if (window.bytes == 0 || window.bytes > abi::kMaxWindowBytes || window.mount_path.empty() ||
            window.mount_path.front() != '/' || window.mount_path.size() >= sizeof(abi::WindowInfo::mount_path))
            return corrupt("names an image that can't be shown");
    return {};
}

bool are_pages(const std::vector<std::uint32_t>& pages, std::uint64_t ram_bytes) {
    return pages.size() <= kMaxWorkingSet &&
           std::adjacent_find(pages.begin(), pages.end(), std::greater_equal<>()) == pages.end() &&
           (pages.empty() || pages.back() < ram_bytes / abi::kPageSize);
}

Result<void> check_sense(const Manifest& manifest) {
    if (manifest.ram_bytes % abi::kPageSize != 0 || manifest.ram_bytes < abi::kMinRamBytes ||
        manifest.ram_bytes > abi::kMaxRamBytes)
        return corrupt("names an impossible RAM size");
    MF_TRY(check_extents(manifest));
    MF_TRY(check_windows(manifest));
    const auto& frames = manifest.page_table_frames;
    if (frames.size() > kMaxPageTableFrames) return corrupt("names too many page tables");
    if (!std::is_sorted(frames.begin(), frames.end()) ||
        (!frames.empty() && frames.back() >= manifest.ram_bytes / abi::kPageSize))
        return corrupt("names page tables outside the RAM");
    if (!are_pages(manifest.working_set, manifest.ram_bytes)) return corrupt("has a working set outside the RAM");
    if (!are_pages(manifest.replaced_pages, manifest.ram_bytes)) return corrupt("has replaced pages outside the RAM");
    if (manifest.base_digest.has_value() != (manifest.kind == Kind::function)) return corrupt("does not fit its kind");
    return {};
}

}  // namespace

Result<std::string> encode_manifest(const Manifest& manifest) {
    MF_TRY(check_sense(manifest));
    const std::string body = MF_TRY(encode_body(manifest));
    if (body.size() > kMaxBodyBytes) return fail(ErrorCode::too_large, "the snapshot's manifest is too large");
    ManifestHeader header;
    header.abi_version = manifest.abi_version;
    header.kind = manifest.kind;
    header.backend = manifest.backend;
    header.body_bytes = body.size();
    header.memory_bytes = manifest.memory_bytes;
    header.memory_xxh3 = manifest.memory_xxh3;
    header.cpu_digest = MF_TRY(manifest.cpu_features.digest());
    header.body_sha256 = MF_TRY(sha256(bytes_of(body)));
    const auto bytes = encode_header(header);
    // Any object may be seen as chars.
    return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()) + body;
}

Result<LoadedManifest> decode_manifest(std::string_view file) {
    const ManifestHeader header = MF_TRY(decode_header(bytes_of(file)));
    if (header.abi_version != abi::kVersion)
        return fail(ErrorCode::incompatible, "the snapshot has guest ABI " + std::to_string(header.abi_version) +
                                                 ", this build speaks " + std::to_string(abi::kVersion));
    const std::string_view body = file.substr(kHeaderBytes);
    if (body.size() != header.body_bytes) return corrupt("is truncated or has a tail");
    if (MF_TRY(sha256(bytes_of(body))) != header.body_sha256) return corrupt("was changed");

    LoadedManifest loaded;
    Manifest& manifest = loaded.manifest;
    manifest.kind = header.kind;
    manifest.abi_version = header.abi_version;
    manifest.backend = header.backend;
    manifest.memory_bytes = header.memory_bytes;
    manifest.memory_xxh3 = header.memory_xxh3;
    MF_TRY(decode_body(body, manifest));
    if (MF_TRY(manifest.cpu_features.digest()) != header.cpu_digest) return corrupt("contradicts its header");
    MF_TRY(check_sense(manifest));
    loaded.digest = MF_TRY(sha256(bytes_of(file)));
    return loaded;
}

Result<Sha256> save_manifest(const std::filesystem::path& path, const Manifest& manifest) {
    const std::string file = MF_TRY(encode_manifest(manifest));
    MF_TRY(write_file_durably(path, file));
    return sha256(bytes_of(file));
}

Result<LoadedManifest> load_manifest(const std::filesystem::path& path) {
    const std::string file = MF_TRY(read_file(path, kHeaderBytes + kMaxBodyBytes));
    auto loaded = decode_manifest(file);
    if (!loaded) loaded.error().what += " (" + path.string() + ")";
    return loaded;
}

Result<void> check_compatible(const Manifest& manifest, Backend backend, const CpuFeatures& host) {
    if (manifest.backend != backend)
        return fail(ErrorCode::incompatible, "the snapshot was made on KVM backend " +
                                                 std::string(to_string(manifest.backend)) + ", this host has " +
                                                 std::string(to_string(backend)) + "; create it again here");
    if (!(manifest.cpu_features == host))
        return fail(ErrorCode::incompatible, "the snapshot was made on another CPU: " +
                                                 host.difference(manifest.cpu_features) + "; create it again here");
    return {};
}

}  // namespace mayfly::snapshot
