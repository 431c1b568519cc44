// A file system in memory: /tmp, /dev, /dev/shm, and the files of memfd_create(2).
#pragma once

#include "guest/fs/inode.h"
#include "guest/fs/page_tree.h"
#include "guest/fs/xattr_set.h"

namespace mayfly::guest {

class TmpfsFileSystem final : public FileSystem {
public:
    TmpfsFileSystem(std::string_view type, u32 minor) : FileSystem(type, minor, false) {}

    static ErrnoOr<Ref<Inode>> make_root(Ref<TmpfsFileSystem> filesystem, u32 permissions);
    u64 next_number() { return ++last_number_; }
    FileSystemStatistics statistics() const override;

private:
    u64 last_number_ = 0;
};

// What all inodes of a tmpfs share: they are counted, and their names keep them alive.
class TmpfsInode : public Inode {
public:
    TmpfsInode(TmpfsFileSystem& filesystem, const Attributes& attributes);
    ~TmpfsInode() override;

    // A name was added or removed; the last one to go leaves the inode to those who have it open.
    void add_link();
    void drop_link();
    void touch_changed();

    XattrSet* xattrs() override { return xattrs_.get(); }
    ErrnoOr<XattrSet*> make_xattrs() override;

protected:
    TmpfsFileSystem& tmpfs() const { return tmpfs_; }

private:
    friend class TmpfsDirectory;
    TmpfsFileSystem& tmpfs_;
    Owned<XattrSet> xattrs_;
};

class TmpfsDirectory final : public TmpfsInode {
public:
    using TmpfsInode::TmpfsInode;

    ErrnoOr<Ref<Inode>> lookup(std::string_view name) override;
    ErrnoOr<void> list(u64 cursor, DirectorySink& sink) override;
    ErrnoOr<Ref<Inode>> make(std::string_view name, u32 mode, u64 device) override;
    ErrnoOr<Ref<Inode>> make_symlink(std::string_view name, std::string_view target) override;
    ErrnoOr<Ref<Inode>> make_unnamed(u32 mode) override;
    ErrnoOr<void> link(std::string_view name, Inode& inode) override;
    ErrnoOr<void> unlink(std::string_view name, Inode& inode) override;
    ErrnoOr<void> remove_directory(std::string_view name, Inode& inode) override;
    ErrnoOr<void> rename(std::string_view name, Inode& inode, Inode& to, std::string_view new_name, Inode* replaced,
                         bool exchange) override;

    bool empty() const { return used_ == 0; }

private:
    // A removed entry stays as a hole without an inode until many have gathered, so that removing does
    // not move the others. Cookies grow, and are what readers of the directory continue from.
    struct Entry {
        u64 cookie = 0;
        u32 hash = 0;
        String name;
        Ref<Inode> inode;
    };

    Entry* find(std::string_view name);
    ErrnoOr<void> add(std::string_view name, Ref<Inode> inode);
    void remove(Entry& entry);
    void compact();
    void touch();
    ErrnoOr<void> check_alive() const;
    Attributes attributes_for(u32 mode) const;
    static TmpfsInode& own(Inode& inode) { return static_cast<TmpfsInode&>(inode); }

    Vector<Entry> entries_;
    usize used_ = 0;
    u64 last_cookie_ = 0;
};

class TmpfsFile final : public TmpfsInode {
public:
    using TmpfsInode::TmpfsInode;
    ~TmpfsFile() override;

    ErrnoOr<usize> read_at(IoBuffer& to, u64 offset) override;
    ErrnoOr<usize> write_at(IoBuffer& from, u64 offset) override;
    ErrnoOr<void> truncate(u64 size) override;
    ErrnoOr<void> allocate(u32 mode, u64 offset, u64 bytes) override;
    ErrnoOr<u64> seek_data(u64 offset) override;
    ErrnoOr<u64> seek_hole(u64 offset) override;
    u64 blocks() const override { return held_pages_ * (kPageSize / 512); }
    bool mappable() const override { return true; }
    ErrnoOr<PhysAddr> page(u64 index, bool for_write) override;
    ErrnoOr<PhysAddr> present(u64 index) override;
    bool writable() const override;

private:
    ErrnoOr<PhysAddr> page_to_write(u64 index);
    void drop_pages(u64 first, u64 end);
    void zero_range(u64 offset, u64 end);
    void zero_within_page(u64 offset, u64 bytes);
    void touch_modified();

    PageTree pages_;
    u64 held_pages_ = 0;
    bool was_mapped_ = false;
};

class TmpfsLink final : public TmpfsInode {
public:
    TmpfsLink(TmpfsFileSystem& filesystem, const Attributes& attributes, String target)
        : TmpfsInode(filesystem, attributes), target_(std::move(target)) {}

    ErrnoOr<LinkTarget> follow() override;

private:
    String target_;
};

// Devices, FIFOs and sockets: a name for something else.
class TmpfsSpecial final : public TmpfsInode {
public:
    using TmpfsInode::TmpfsInode;

    ErrnoOr<Ref<File>> open(int flags) override;
};

// A file without a name in any directory (memfd_create). With sealing it can be sealed by fcntl(2).
// Its name is "/memfd:<name>".
ErrnoOr<Ref<File>> open_memory_file(std::string_view name, bool sealing, int flags);

}  // namespace mayfly::guest
