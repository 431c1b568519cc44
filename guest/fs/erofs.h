// Reads an EROFS image, uncompressed as mkfs.erofs 1.5 writes it, from memory. Every offset that the
// image gives is checked against the image's end, so a damaged image gives EUCLEAN and never a wild read.
// The format: https://docs.kernel.org/filesystems/erofs.html and rootfs-builder/README.md.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "guest/lib/types.h"

namespace mayfly::guest {

// An inode as the image describes it.
struct ErofsNode {
    u64 nid = 0;
    u32 mode = 0;
    u32 links = 0;
    u32 uid = 0;
    u32 gid = 0;
    u64 size = 0;
    u32 device = 0;  // of device nodes, as Linux encodes dev_t in 32 bits
    i64 modified_seconds = 0;
    u32 modified_nanoseconds = 0;

    // Where the data is. Blocks [0, inline_from) lie at first_block, the rest behind the inode.
    enum class Layout { blocks, chunks } layout = Layout::blocks;
    u64 first_block = 0;
    u64 inline_from = ~0ull;     // file offset; ~0 = nothing is inline
    u64 inline_at = 0;           // image offset of that part
    u64 chunk_table = 0;         // image offset
    u32 chunk_bits = 0;          // log2 of a chunk's bytes
    bool chunk_indexes = false;  // 8-byte entries, else 4-byte block numbers
};

// A piece of a file that is contiguous in the image; a hole reads as zeroes.
struct ErofsExtent {
    u64 image_offset = 0;
    u64 bytes = 0;
    bool hole = false;
};

struct ErofsEntry {
    std::string_view name;
    u64 nid = 0;
    u8 type = 0;  // 1 regular, 2 directory, 3 character, 4 block, 5 FIFO, 6 socket, 7 symlink
};

class ErofsImage {
public:
    static constexpr u32 kBlockBits = 12;
    static constexpr u64 kBlock = u64{1} << kBlockBits;

    ErofsImage() = default;
    // EINVAL when this is no EROFS image or one with features that are not supported here.
    static ErrnoOr<ErofsImage> open(std::span<const std::byte> bytes);

    u64 root_nid() const { return root_nid_; }
    u64 inode_count() const { return inode_count_; }
    std::span<const std::byte> bytes() const { return bytes_; }

    ErrnoOr<ErofsNode> node(u64 nid) const;
    // The extent at offset < node.size, up to the end of what is contiguous with it.
    ErrnoOr<ErofsExtent> extent(const ErofsNode& node, u64 offset) const;
    // The bytes of an extent; none for a hole.
    ErrnoOr<std::span<const std::byte>> data(const ErofsExtent& extent) const;

    // A directory's entry of that name: ENOENT.
    ErrnoOr<ErofsEntry> find(const ErofsNode& directory, std::string_view name) const;
    // The entry at the cursor, which moves behind it; nothing at the end. 0 = the first.
    ErrnoOr<std::optional<ErofsEntry>> next_entry(const ErofsNode& directory, u64& cursor) const;

private:
    // A directory block: entries, then names.
    struct Block {
        std::span<const std::byte> bytes;
        u32 entries = 0;
    };
    ErrnoOr<Block> directory_block(const ErofsNode& directory, u64 index) const;
    ErrnoOr<ErofsEntry> entry(const Block& block, u32 index) const;
    ErrnoOr<ErofsEntry> find_in_block(const Block& block, std::string_view name) const;
    template <class T>
    ErrnoOr<T> read(u64 offset) const;
    bool contains(u64 offset, u64 bytes) const { return offset <= bytes_.size() && bytes <= bytes_.size() - offset; }

    std::span<const std::byte> bytes_;
    u64 metadata_offset_ = 0;
    u64 root_nid_ = 0;
    u64 inode_count_ = 0;
    i64 build_seconds_ = 0;
    u32 build_nanoseconds_ = 0;
};

}  // namespace mayfly::guest
