// What a name leads to: a file, directory, symlink or special file, whatever file system it is of.
#pragma once

#include <string_view>

#include "guest/fs/filesystem.h"
#include "guest/fs/modes.h"
#include "guest/lib/string.h"
#include "guest/mm/memory_object.h"
#include "guest/mm/user.h"

namespace mayfly::guest {

class Dentry;
class File;
class XattrSet;

struct Timestamp {
    i64 seconds = 0;
    u32 nanoseconds = 0;
    static Timestamp now();  // CLOCK_REALTIME
};

// Linux's encoding of a device number in 64 bits, as stat(2) shows it.
constexpr u64 make_device(u32 major, u32 minor) {
    return (minor & 0xffu) | (u64{major} << 8) | ((minor & ~0xffull) << 12);
}
constexpr u32 device_major(u64 device) { return static_cast<u32>(device >> 8) & 0xfff; }
constexpr u32 device_minor(u64 device) { return static_cast<u32>((device & 0xff) | ((device >> 12) & 0xfff00)); }

struct Attributes {
    u32 mode = 0;
    u32 links = 1;
    u32 uid = 0;
    u32 gid = 0;
    u64 device = 0;  // of a device node
    u64 size = 0;
    Timestamp accessed, modified, changed;
};

// Receives the entries of a directory. `next` is the cursor that continues behind the entry.
class DirectorySink {
public:
    virtual bool add(std::string_view name, u64 inode, u32 mode, u64 next) = 0;  // false: no more, please

protected:
    ~DirectorySink() = default;
};

// Where a symlink leads: a text to walk, or, for /proc's links, an object itself.
struct LinkTarget {
    String text;
    Ref<Dentry> dentry;
    Ref<File> file;  // of an open file that has no name
};

class Inode : public MemoryObject {
public:
    Inode(FileSystem& filesystem, u64 number, const Attributes& attributes)
        : filesystem_(filesystem), number_(number), attributes_(attributes) {}

    FileSystem& filesystem() const { return filesystem_; }
    u64 number() const { return number_; }
    u32 mode() const { return attributes_.mode; }
    u64 size() const { return attributes_.size; }
    const Attributes& attributes() const { return attributes_; }
    bool is_directory() const { return S_ISDIR(mode()); }
    bool is_symlink() const { return S_ISLNK(mode()); }
    bool is_regular() const { return S_ISREG(mode()); }
    // 512-byte blocks in use, for st_blocks.
    virtual u64 blocks() const { return (size() + 511) / 512; }

    // Directories. Names are single components, neither "." nor "..".
    virtual ErrnoOr<Ref<Inode>> lookup(std::string_view name);  // ENOENT
    // Entries without "." and "..", from a cursor an entry had as `next`; 0 = from the start.
    virtual ErrnoOr<void> list(u64 cursor, DirectorySink& sink);
    // The caller has made sure that the name is not there (make, link) or leads to `inode`.
    virtual ErrnoOr<Ref<Inode>> make(std::string_view name, u32 mode, u64 device);
    virtual ErrnoOr<Ref<Inode>> make_symlink(std::string_view name, std::string_view target);
    virtual ErrnoOr<Ref<Inode>> make_unnamed(u32 mode);  // O_TMPFILE
    virtual ErrnoOr<void> link(std::string_view name, Inode& inode);
    virtual ErrnoOr<void> unlink(std::string_view name, Inode& inode);
    virtual ErrnoOr<void> remove_directory(std::string_view name, Inode& inode);
    // Puts `inode`, here under `name`, into directory `to` under `new_name`, where `replaced` is dropped
    // unless null. With exchange the two swap their places.
    virtual ErrnoOr<void> rename(std::string_view name, Inode& inode, Inode& to, std::string_view new_name,
                                 Inode* replaced, bool exchange);

    // Symlinks. text is always filled, for readlink(2).
    virtual ErrnoOr<LinkTarget> follow();

    // Contents of regular files.
    virtual ErrnoOr<usize> read_at(IoBuffer& to, u64 offset);
    virtual ErrnoOr<usize> write_at(IoBuffer& from, u64 offset);
    virtual ErrnoOr<void> truncate(u64 size);
    // fallocate(2); mode has been checked to be a combination Linux knows.
    virtual ErrnoOr<void> allocate(u32 mode, u64 offset, u64 bytes);
    // The first offset >= `offset` with data (SEEK_DATA) or without (SEEK_HOLE); offset < size().
    virtual ErrnoOr<u64> seek_data(u64 offset);
    virtual ErrnoOr<u64> seek_hole(u64 offset);
    virtual bool mappable() const { return false; }
    ErrnoOr<PhysAddr> page(u64 index, bool for_write) override;
    ErrnoOr<void> punch_hole(u64 offset, u64 bytes) override;

    // An open file of its own for special inodes (devices, /proc files); null: the ordinary one.
    virtual ErrnoOr<Ref<File>> open(int flags);
    // True when the name cache may not keep what lookup() found (/proc).
    virtual bool volatile_entries() const { return false; }

    // Attributes: EROFS on a read-only file system.
    virtual ErrnoOr<void> set_mode(u32 permissions);
    virtual ErrnoOr<void> set_owner(u32 uid, u32 gid);  // ~0u leaves one as it is
    virtual ErrnoOr<void> set_times(const Timestamp* accessed, const Timestamp* modified);

    // Extended attributes: null while there are none; EOPNOTSUPP where there can't be any.
    virtual XattrSet* xattrs() { return nullptr; }
    virtual ErrnoOr<XattrSet*> make_xattrs() { return fail(EOPNOTSUPP); }

    // F_SEAL_* of a memfd; F_SEAL_SEAL where sealing is not possible.
    u32 seals() const { return seals_; }
    void set_seals(u32 seals) { seals_ = seals; }

    // Made with O_TMPFILE and without O_EXCL: linkat(2) may give it its first name.
    bool linkable() const { return linkable_; }
    void set_linkable() { linkable_ = true; }

    // What the owner of a special file keeps with it: the pipe of a FIFO, the socket bound to a path.
    Ref<RefCounted> attachment;

protected:
    Attributes& mutable_attributes() { return attributes_; }
    ErrnoOr<void> check_writable() const;  // EROFS

private:
    FileSystem& filesystem_;
    u64 number_;
    Attributes attributes_;
    u32 seals_ = 1;  // F_SEAL_SEAL
    bool linkable_ = false;
};

}  // namespace mayfly::guest
