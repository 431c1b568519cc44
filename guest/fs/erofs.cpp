#include "guest/fs/erofs.h"

#include <cstring>

#include "guest/fs/erofs_format.h"
#include "guest/fs/modes.h"

namespace mayfly::guest {

namespace {

constexpr int kDamaged = EUCLEAN;

bool is_device(u32 mode) { return S_ISCHR(mode) || S_ISBLK(mode); }

}  // namespace

template <class T>
ErrnoOr<T> ErofsImage::read(u64 offset) const {
    if (!contains(offset, sizeof(T))) return fail(kDamaged);
    T value;
    std::memcpy(&value, bytes_.data() + offset, sizeof(T));
    return value;
}

ErrnoOr<ErofsImage> ErofsImage::open(std::span<const std::byte> bytes) {
    ErofsImage image;
    image.bytes_ = bytes;
    auto super = image.read<erofs::Super>(erofs::kSuperOffset);
    if (!super || super->magic != erofs::kMagic) return fail(EINVAL);
    if (super->block_bits != kBlockBits) return fail(EINVAL);
    if ((super->incompatible_features & ~erofs::kIncompatibleChunked) != 0) return fail(EINVAL);
    image.metadata_offset_ = u64{super->metadata_block} * kBlock;
    image.root_nid_ = super->root_nid;
    image.inode_count_ = super->inodes;
    image.build_seconds_ = static_cast<i64>(super->build_seconds);
    image.build_nanoseconds_ = super->build_nanoseconds;
    auto root = MF_TRY(image.node(image.root_nid_));
    if (!S_ISDIR(root.mode)) return fail(kDamaged);
    return image;
}

ErrnoOr<ErofsNode> ErofsImage::node(u64 nid) const {
    // No nid of an image lies behind its end; the bound also keeps the product from overflowing.
    if (nid > bytes_.size() / erofs::kNodeUnit) return fail(kDamaged);
    const u64 at = metadata_offset_ + nid * erofs::kNodeUnit;
    const auto compact = MF_TRY(read<erofs::CompactNode>(at));
    const bool is_extended = (compact.format & 1) != 0;
    const u32 layout = (compact.format >> 1) & 7;

    ErofsNode node;
    node.nid = nid;
    node.mode = compact.mode;
    if (is_extended) {
        const auto extended = MF_TRY(read<erofs::ExtendedNode>(at));
        node.links = extended.links;
        node.uid = extended.uid;
        node.gid = extended.gid;
        node.size = extended.size;
        node.modified_seconds = static_cast<i64>(extended.modified_seconds);
        node.modified_nanoseconds = extended.modified_nanoseconds;
    } else {
        node.links = compact.links;
        node.uid = compact.uid;
        node.gid = compact.gid;
        node.size = compact.size;
        node.modified_seconds = build_seconds_;
        node.modified_nanoseconds = build_nanoseconds_;
    }
    if (node.size > ~0ull >> 2) return fail(kDamaged);
    if (is_device(node.mode)) {
        node.device = compact.data;
        return node;
    }

    u64 end = at + (is_extended ? sizeof(erofs::ExtendedNode) : sizeof(erofs::CompactNode));
    // Extended attributes are not read; they are a header of 12 bytes and units of 4.
    if (compact.xattr_count != 0) end += 12 + 4 * (u64{compact.xattr_count} - 1);

    switch (layout) {
    case erofs::kLayoutPlain: node.first_block = compact.data; break;
    case erofs::kLayoutInline:
        node.first_block = compact.data;
        node.inline_from = round_down(node.size, kBlock);
        node.inline_at = end;
        break;
    case erofs::kLayoutChunks:
        node.layout = ErofsNode::Layout::chunks;
        node.chunk_bits = 12 + (compact.data & erofs::kChunkBitsMask);
        node.chunk_indexes = (compact.data & erofs::kChunkIndexes) != 0;
        node.chunk_table = round_up(end, node.chunk_indexes ? sizeof(erofs::ChunkIndex) : sizeof(u32));
        break;
    default: return fail(kDamaged);  // compressed
    }
    return node;
}

ErrnoOr<ErofsExtent> ErofsImage::extent(const ErofsNode& node, u64 offset) const {
    if (offset >= node.size) return fail(kDamaged);
    ErofsExtent result;
    if (node.layout == ErofsNode::Layout::chunks) {
        const u64 chunk = offset >> node.chunk_bits;
        const u64 within = offset & ((u64{1} << node.chunk_bits) - 1);
        u32 block = 0;
        if (node.chunk_indexes) {
            const auto index = MF_TRY(read<erofs::ChunkIndex>(node.chunk_table + chunk * sizeof(erofs::ChunkIndex)));
            if (index.device != 0) return fail(kDamaged);
            block = index.block;
        } else {
            block = MF_TRY(read<u32>(node.chunk_table + chunk * sizeof(u32)));
        }
        result.bytes = (u64{1} << node.chunk_bits) - within;
        if (result.bytes > node.size - offset) result.bytes = node.size - offset;
        result.hole = block == erofs::kNoBlock;
        result.image_offset = result.hole ? 0 : block * kBlock + within;
    } else if (offset >= node.inline_from) {
        result.image_offset = node.inline_at + (offset - node.inline_from);
        result.bytes = node.size - offset;
    } else {
        const u64 end = node.inline_from < node.size ? node.inline_from : node.size;
        result.image_offset = node.first_block * kBlock + offset;
        result.bytes = end - offset;
    }
    if (!result.hole && !contains(result.image_offset, result.bytes)) return fail(kDamaged);
    return result;
}

ErrnoOr<std::span<const std::byte>> ErofsImage::data(const ErofsExtent& extent) const {
    if (extent.hole) return std::span<const std::byte>{};
    if (!contains(extent.image_offset, extent.bytes)) return fail(kDamaged);
    return bytes_.subspan(extent.image_offset, extent.bytes);
}

ErrnoOr<ErofsImage::Block> ErofsImage::directory_block(const ErofsNode& directory, u64 index) const {
    const auto extent = MF_TRY(this->extent(directory, index * kBlock));
    auto bytes = MF_TRY(data(extent));
    // Whatever the layout, a block is contiguous; a shorter extent is the directory's end.
    if (bytes.size() > kBlock) bytes = bytes.first(kBlock);
    if (bytes.size() < sizeof(erofs::DirectoryEntry)) return fail(kDamaged);
    erofs::DirectoryEntry first;
    std::memcpy(&first, bytes.data(), sizeof(first));
    const u32 names = first.name_offset;
    if (names < sizeof(first) || names % sizeof(first) != 0 || names > bytes.size()) return fail(kDamaged);
    return Block{bytes, names / static_cast<u32>(sizeof(first))};
}

ErrnoOr<ErofsEntry> ErofsImage::entry(const Block& block, u32 index) const {
    erofs::DirectoryEntry raw;
    std::memcpy(&raw, block.bytes.data() + index * sizeof(raw), sizeof(raw));
    u64 end = block.bytes.size();
    if (index + 1 < block.entries) {
        erofs::DirectoryEntry following;
        std::memcpy(&following, block.bytes.data() + (index + 1) * sizeof(raw), sizeof(raw));
        end = following.name_offset;
    }
    if (raw.name_offset < block.entries * sizeof(raw) || raw.name_offset >= end || end > block.bytes.size())
        return fail(kDamaged);
    const auto* text = reinterpret_cast<const char*>(block.bytes.data()) + raw.name_offset;
    std::string_view name(text, end - raw.name_offset);
    // The last name of a block is followed by zeroes up to the block's end.
    name = name.substr(0, name.find('\0'));
    if (name.empty() || name.size() > 255 || name.find('/') != std::string_view::npos) return fail(kDamaged);
    return ErofsEntry{name, raw.nid, raw.type};
}

ErrnoOr<ErofsEntry> ErofsImage::find_in_block(const Block& block, std::string_view name) const {
    u32 low = 0;
    u32 high = block.entries;
    while (low < high) {
        const u32 middle = low + (high - low) / 2;
        const auto candidate = MF_TRY(entry(block, middle));
        const int order = name.compare(candidate.name);
        if (order == 0) return candidate;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return fail(ENOENT);
}

ErrnoOr<ErofsEntry> ErofsImage::find(const ErofsNode& directory, std::string_view name) const {
    // The block that may hold the name is the last one whose first name is not behind it.
    u64 low = 0;
    u64 high = (directory.size + kBlock - 1) / kBlock;
    while (low < high) {
        const u64 middle = low + (high - low) / 2;
        const auto block = MF_TRY(directory_block(directory, middle));
        const auto first = MF_TRY(entry(block, 0));
        if (name.compare(first.name) < 0)
            high = middle;
        else
            low = middle + 1;
    }
    if (low == 0) return fail(ENOENT);
    const auto block = MF_TRY(directory_block(directory, low - 1));
    return find_in_block(block, name);
}

// A cursor is the block's index and the entry's index in it.
ErrnoOr<std::optional<ErofsEntry>> ErofsImage::next_entry(const ErofsNode& directory, u64& cursor) const {
    constexpr u32 kIndexBits = 16;
    u64 index = cursor >> kIndexBits;
    u32 slot = static_cast<u32>(cursor & ((1u << kIndexBits) - 1));
    while (index < (directory.size + kBlock - 1) / kBlock) {
        const auto block = MF_TRY(directory_block(directory, index));
        if (slot < block.entries) {
            const auto found = MF_TRY(entry(block, slot));
            cursor = (index << kIndexBits) | (slot + 1);
            return std::optional(found);
        }
        ++index;
        slot = 0;
    }
    return std::optional<ErofsEntry>{};
}

}  // namespace mayfly::guest
