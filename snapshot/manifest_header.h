// The fixed header of a manifest: 256 bytes, little-endian, readable alone. It says whether this build
// on this host can use the snapshot, and holds the digests that are checked before anything is decoded.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/error.h"
#include "snapshot/digest.h"
#include "vmm/backend.h"

namespace mayfly::snapshot {

using vmm::Backend;

enum class Kind : std::uint32_t { base = 1, function = 2 };

inline constexpr std::uint32_t kFormatVersion = 1;

struct ManifestHeader {
    std::array<char, 8> magic = {'M', 'A', 'Y', 'F', 'S', 'N', 'A', 'P'};
    std::uint32_t format_version = kFormatVersion;
    std::uint32_t abi_version = 0;
    Kind kind = Kind::base;
    Backend backend = {};
    std::uint64_t body_bytes = 0;
    std::uint64_t memory_bytes = 0;
    std::uint64_t memory_xxh3 = 0;
    Sha256 cpu_digest = {};
    Sha256 body_sha256 = {};
    std::array<std::uint8_t, 136> reserved = {};  // zero
    std::uint64_t header_xxh3 = 0;                // of all bytes before it
};

inline constexpr std::size_t kHeaderBytes = 256;
inline constexpr std::uint64_t kMaxBodyBytes = 4ull << 20;

static_assert(sizeof(ManifestHeader) == kHeaderBytes);
static_assert(offsetof(ManifestHeader, format_version) == 8);
static_assert(offsetof(ManifestHeader, abi_version) == 12);
static_assert(offsetof(ManifestHeader, kind) == 16);
static_assert(offsetof(ManifestHeader, backend) == 20);
static_assert(offsetof(ManifestHeader, body_bytes) == 24);
static_assert(offsetof(ManifestHeader, memory_bytes) == 32);
static_assert(offsetof(ManifestHeader, memory_xxh3) == 40);
static_assert(offsetof(ManifestHeader, cpu_digest) == 48);
static_assert(offsetof(ManifestHeader, body_sha256) == 80);
static_assert(offsetof(ManifestHeader, header_xxh3) == 248);

// Fills in header_xxh3.
std::array<std::byte, kHeaderBytes> encode_header(ManifestHeader header);
// corrupt, or incompatible when it is whole but of another format.
Result<ManifestHeader> decode_header(std::span<const std::byte> bytes);

}  // namespace mayfly::snapshot
