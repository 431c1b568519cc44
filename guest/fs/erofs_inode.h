// An EROFS image window as a mounted file system. Files map straight from the window, so all microVMs
// share one copy of an image's pages.
#pragma once

#include "guest/fs/erofs.h"
#include "guest/fs/inode.h"

namespace mayfly::guest {

class ErofsInode;

class ErofsFileSystem final : public FileSystem {
public:
    ErofsFileSystem(const ErofsImage& image, PhysAddr base, u32 minor)
        : FileSystem("erofs", minor, true), image_(image), base_(base) {}

    const ErofsImage& image() const { return image_; }
    // The guest-physical address of an offset of the image.
    PhysAddr physical(u64 image_offset) const;
    // The inode of that number: one object for all names, as long as one is in use.
    ErrnoOr<Ref<Inode>> inode(u64 nid);
    void forget(ErofsInode& inode);
    FileSystemStatistics statistics() const override;

private:
    static constexpr usize kBuckets = 256;

    ErofsImage image_;
    PhysAddr base_;
    ErofsInode* buckets_[kBuckets] = {};
};

class ErofsInode final : public Inode {
public:
    ErofsInode(ErofsFileSystem& filesystem, const ErofsNode& node);
    ~ErofsInode() override;

    ErrnoOr<Ref<Inode>> lookup(std::string_view name) override;
    ErrnoOr<void> list(u64 cursor, DirectorySink& sink) override;
    ErrnoOr<LinkTarget> follow() override;
    ErrnoOr<usize> read_at(IoBuffer& to, u64 offset) override;
    ErrnoOr<usize> write_at(IoBuffer&, u64) override { return fail(EROFS); }
    bool mappable() const override { return is_regular(); }
    ErrnoOr<PhysAddr> page(u64 index, bool for_write) override;
    u64 contiguous_pages(u64 index, u64 max_pages) override;

private:
    friend class ErofsFileSystem;
    const ErofsImage& image() const { return filesystem_.image(); }
    ErrnoOr<PhysAddr> copied_page(u64 index);

    ErofsFileSystem& filesystem_;
    ErofsNode node_;
    ErofsInode* next_in_bucket_ = nullptr;
    // Pages that do not lie page-aligned in the image: data that is inline with the inode. Made once.
    struct CopiedPage {
        u64 index;
        PhysAddr frame;
    };
    Vector<CopiedPage> copied_;
};

}  // namespace mayfly::guest
