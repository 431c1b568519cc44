#include "snapshot/manifest_header.h"

#include <bit>
#include <cstring>

#include "abi/layout.h"

namespace mayfly::snapshot {

static_assert(std::endian::native == std::endian::little, "the header is copied as it lies");

std::array<std::byte, kHeaderBytes> encode_header(ManifestHeader header) {
    std::array<std::byte, kHeaderBytes> bytes;
    std::memcpy(bytes.data(), &header, kHeaderBytes);
    header.header_xxh3 = xxh3(std::span(bytes).first(offsetof(ManifestHeader, header_xxh3)));
    std::memcpy(bytes.data(), &header, kHeaderBytes);
    return bytes;
}

Result<ManifestHeader> decode_header(std::span<const std::byte> bytes) {
    if (bytes.size() < kHeaderBytes) return fail(ErrorCode::corrupt, "the manifest is truncated");
    ManifestHeader header;
    std::memcpy(&header, bytes.data(), kHeaderBytes);
    if (header.magic != ManifestHeader{}.magic) return fail(ErrorCode::corrupt, "this is no manifest of Mayfly");
    if (header.header_xxh3 != xxh3(bytes.first(offsetof(ManifestHeader, header_xxh3))))
        return fail(ErrorCode::corrupt, "the manifest's header was changed");
    if (header.format_version != kFormatVersion)
        return fail(ErrorCode::incompatible, "the snapshot has format " + std::to_string(header.format_version) +
                                                 ", this build reads " + std::to_string(kFormatVersion));
    if (header.reserved != ManifestHeader{}.reserved)
        return fail(ErrorCode::incompatible, "the snapshot uses fields that this build does not know");
    if (header.kind != Kind::base && header.kind != Kind::function)
        return fail(ErrorCode::corrupt, "the manifest is of an unknown kind");
    if (header.body_bytes > kMaxBodyBytes || header.memory_bytes > abi::kMaxRamBytes)
        return fail(ErrorCode::too_large, "the manifest names sizes beyond the limits");
    return header;
}

}  // namespace mayfly::snapshot
