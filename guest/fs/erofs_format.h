// The structures of an EROFS image, as they lie there; little-endian.
#pragma once

#include "guest/lib/types.h"

namespace mayfly::guest::erofs {

inline constexpr u64 kSuperOffset = 1024;
inline constexpr u32 kMagic = 0xe0f5e1e2;
inline constexpr u32 kIncompatibleChunked = 4;
inline constexpr u32 kNodeUnit = 32;
inline constexpr u32 kNoBlock = 0xffffffff;

struct Super {
    u32 magic;
    u32 checksum;
    u32 compatible_features;
    u8 block_bits;
    u8 extra_slots;
    u16 root_nid;
    u64 inodes;
    u64 build_seconds;
    u32 build_nanoseconds;
    u32 blocks;
    u32 metadata_block;
    u32 xattr_block;
    u8 uuid[16];
    u8 volume_name[16];
    u32 incompatible_features;
    u8 reserved[44];
};
static_assert(sizeof(Super) == 128);

struct CompactNode {
    u16 format;
    u16 xattr_count;
    u16 mode;
    u16 links;
    u32 size;
    u32 reserved;
    u32 data;  // first block, device number or chunk format
    u32 serial;
    u16 uid;
    u16 gid;
    u32 reserved2;
};
static_assert(sizeof(CompactNode) == 32);

struct ExtendedNode {
    u16 format;
    u16 xattr_count;
    u16 mode;
    u16 reserved;
    u64 size;
    u32 data;
    u32 serial;
    u32 uid;
    u32 gid;
    u64 modified_seconds;
    u32 modified_nanoseconds;
    u32 links;
    u8 reserved2[16];
};
static_assert(sizeof(ExtendedNode) == 64);

// format: bit 0 = extended, bits 1..3 = layout.
inline constexpr u32 kLayoutPlain = 0;
inline constexpr u32 kLayoutInline = 2;
inline constexpr u32 kLayoutChunks = 4;

// The chunk format in CompactNode::data: log2(chunk / block), and whether entries are 8 bytes.
inline constexpr u32 kChunkBitsMask = 0x1f;
inline constexpr u32 kChunkIndexes = 0x20;

struct ChunkIndex {
    u16 advise;
    u16 device;
    u32 block;
};
static_assert(sizeof(ChunkIndex) == 8);

struct DirectoryEntry {
    u64 nid;
    u16 name_offset;
    u8 type;
    u8 reserved;
} __attribute__((packed));
static_assert(sizeof(DirectoryEntry) == 12);

}  // namespace mayfly::guest::erofs
