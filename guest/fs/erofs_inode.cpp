#include "guest/fs/erofs_inode.h"

#include <linux/magic.h>

#include <cstring>

#include "guest/fs/file.h"
#include "guest/mm/frames.h"

namespace mayfly::guest {

namespace {

Attributes attributes_of(const ErofsNode& node) {
    Attributes result;
    result.mode = node.mode;
    result.links = node.links;
    result.uid = node.uid;
    result.gid = node.gid;
    result.size = node.size;
    result.device = node.device;
    // The image has one time for an inode.
    result.modified = {node.modified_seconds, node.modified_nanoseconds};
    result.accessed = result.changed = result.modified;
    return result;
}

// S_IFMT bits of a directory entry's type.
u32 mode_of_type(u8 type) {
    constexpr u32 kModes[] = {0, S_IFREG, S_IFDIR, S_IFCHR, S_IFBLK, S_IFIFO, S_IFSOCK, S_IFLNK};
    return type < 8 ? kModes[type] : 0;
}

}  // namespace

PhysAddr ErofsFileSystem::physical(u64 image_offset) const { return PhysAddr{raw(base_) + image_offset}; }

ErrnoOr<Ref<Inode>> ErofsFileSystem::inode(u64 nid) {
    ErofsInode*& bucket = buckets_[nid % kBuckets];
    for (ErofsInode* one = bucket; one != nullptr; one = one->next_in_bucket_)
        if (one->number() == nid) return Ref<Inode>(one);
    const auto node = MF_TRY(image_.node(nid));
    auto made = MF_TRY(make_ref<ErofsInode>(*this, node));
    made->next_in_bucket_ = bucket;
    bucket = made.get();
    return Ref<Inode>(std::move(made));
}

void ErofsFileSystem::forget(ErofsInode& inode) {
    ErofsInode** link = &buckets_[inode.number() % kBuckets];
    while (*link != nullptr && *link != &inode) link = &(*link)->next_in_bucket_;
    if (*link != nullptr) *link = inode.next_in_bucket_;
}

FileSystemStatistics ErofsFileSystem::statistics() const {
    FileSystemStatistics result;
    result.magic = EROFS_SUPER_MAGIC_V1;
    result.blocks = image_.bytes().size() / kPageSize;
    result.files = image_.inode_count();
    return result;
}

ErofsInode::ErofsInode(ErofsFileSystem& filesystem, const ErofsNode& node)
    : Inode(filesystem, node.nid, attributes_of(node)), filesystem_(filesystem), node_(node) {}

ErofsInode::~ErofsInode() {
    filesystem_.forget(*this);
    for (const CopiedPage& one : copied_) free_frame(one.frame);
}

ErrnoOr<Ref<Inode>> ErofsInode::lookup(std::string_view name) {
    if (!is_directory()) return fail(ENOTDIR);
    const auto entry = MF_TRY(image().find(node_, name));
    return filesystem_.inode(entry.nid);
}

ErrnoOr<void> ErofsInode::list(u64 cursor, DirectorySink& sink) {
    if (!is_directory()) return fail(ENOTDIR);
    for (;;) {
        const auto entry = MF_TRY(image().next_entry(node_, cursor));
        if (!entry) return {};
        if (entry->name == "." || entry->name == "..") continue;
        if (!sink.add(entry->name, entry->nid, mode_of_type(entry->type), cursor)) return {};
    }
}

ErrnoOr<LinkTarget> ErofsInode::follow() {
    if (!is_symlink()) return fail(EINVAL);
    if (size() == 0 || size() >= kPageSize) return fail(EUCLEAN);
    const auto extent = MF_TRY(image().extent(node_, 0));
    const auto bytes = MF_TRY(image().data(extent));
    LinkTarget target;
    target.text = MF_TRY(String::of({reinterpret_cast<const char*>(bytes.data()), bytes.size()}));
    return target;
}

ErrnoOr<usize> ErofsInode::read_at(IoBuffer& to, u64 offset) {
    if (!is_regular()) return Inode::read_at(to, offset);
    usize done = 0;
    while (to.remaining() > 0 && offset + done < size()) {
        const auto extent = MF_TRY(image().extent(node_, offset + done));
        const auto bytes = MF_TRY(image().data(extent));
        auto given = extent.hole ? to.give_zeroes(extent.bytes) : to.give(bytes.data(), bytes.size());
        if (!given && done == 0) return given;
        if (!given || *given == 0) break;
        done += *given;
    }
    return done;
}

ErrnoOr<PhysAddr> ErofsInode::page(u64 index, bool) {
    if (index >= round_up(size(), kPageSize) / kPageSize) return fail(ENXIO);
    const auto extent = MF_TRY(image().extent(node_, index * kPageSize));
    // Behind a file's end the last block is filled up with zeroes, so it can be mapped as it lies.
    const u64 at = extent.image_offset;
    if (!extent.hole && at % kPageSize == 0 && at + kPageSize <= image().bytes().size())
        return filesystem_.physical(at);
    return copied_page(index);
}

ErrnoOr<PhysAddr> ErofsInode::copied_page(u64 index) {
    for (const CopiedPage& one : copied_)
        if (one.index == index) return one.frame;
    MF_TRY(copied_.reserve(copied_.size() + 1));
    const PhysAddr frame = MF_TRY(allocate_frame());
    u64 done = 0;
    while (done < kPageSize && index * kPageSize + done < size()) {
        auto extent = image().extent(node_, index * kPageSize + done);
        if (!extent) {
            free_frame(frame);
            return Unexpected(extent.error());
        }
        const u64 bytes = extent->bytes < kPageSize - done ? extent->bytes : kPageSize - done;
        if (!extent->hole) std::memcpy(frame_bytes(frame) + done, image().bytes().data() + extent->image_offset, bytes);
        done += bytes;
    }
    MF_TRY(copied_.push_back({index, frame}));
    return frame;
}

u64 ErofsInode::contiguous_pages(u64 index, u64 max_pages) {
    const u64 pages = round_up(size(), kPageSize) / kPageSize;
    if (index >= pages) return 0;
    const auto extent = image().extent(node_, index * kPageSize);
    if (!extent || extent->hole || extent->image_offset % kPageSize != 0) return 0;
    u64 run = round_up(extent->bytes, kPageSize) / kPageSize;
    if (extent->image_offset + run * kPageSize > image().bytes().size()) --run;
    return run < max_pages ? run : max_pages;
}

}  // namespace mayfly::guest
