#include <linux/fs.h>

#include <cstring>
#include <limits>

#include "guest/fs/inode_file.h"
#include "guest/fs/mount.h"

namespace mayfly::guest {

namespace {

// Positions of a directory: "." and "..", the file system's cursors, then the names of mounts that the
// file system does not have itself.
constexpr u64 kDotDot = 1;
constexpr u64 kEntries = 2;
constexpr u64 kMounts = u64{1} << 62;

// Lays entries out in user memory as getdents64(2) and getdents(2) want them.
class DirentWriter final : public DirectorySink {
public:
    DirentWriter(UserAddr to, usize bytes, bool old_layout) : to_(to), space_(bytes), old_layout_(old_layout) {}

    bool add(std::string_view name, u64 inode, u32 mode, u64 next) override {
        return put(name, inode, mode, next + kEntries);
    }

    // `next` is the directory's position behind the entry.
    bool put(std::string_view name, u64 inode, u32 mode, u64 next) {
        constexpr usize kHeader = 8 + 8 + 2;  // d_ino, d_off, d_reclen
        // The type stands in front of the name, or, in the old layout, in the record's last byte.
        const usize record = round_up(kHeader + 1 + name.size() + 1, 8);
        if (record > space_ - used_) {
            full_ = true;
            return false;
        }
        char bytes[kHeader + 256 + 16] = {};
        const auto length = static_cast<u16>(record);
        const auto type = static_cast<char>((mode >> 12) & 15);  // DT_* are the S_IFMT bits
        std::memcpy(bytes, &inode, 8);
        std::memcpy(bytes + 8, &next, 8);
        std::memcpy(bytes + 16, &length, 2);
        if (old_layout_) {
            std::memcpy(bytes + kHeader, name.data(), name.size());
            bytes[record - 1] = type;
        } else {
            bytes[kHeader] = type;
            std::memcpy(bytes + kHeader + 1, name.data(), name.size());
        }
        auto copied = copy_to_user(to_ + used_, bytes, record);
        if (!copied) {
            error_ = copied.error().value;
            return false;
        }
        used_ += record;
        position_ = next;
        return true;
    }

    usize used() const { return used_; }
    bool stopped() const { return full_ || error_ != 0; }
    u64 position() const { return position_; }
    void set_position(u64 position) { position_ = position; }
    ErrnoOr<usize> result() const {
        if (used_ > 0) return used_;
        if (error_ != 0) return fail(error_);
        if (full_) return fail(EINVAL);  // not even one fits
        return usize{0};
    }

private:
    UserAddr to_;
    usize space_;
    bool old_layout_;
    usize used_ = 0;
    u64 position_ = 0;
    bool full_ = false;
    int error_ = 0;
};

void put_mounts(Dentry& directory, DirentWriter& writer) {
    const Vector<Mount>& all = mounts();
    for (u64 i = writer.position() - kMounts; i < all.size() && !writer.stopped(); ++i) {
        const Dentry& root = *all[i].root;
        if (root.parent().get() != &directory) continue;
        // The file system below has the name: it was listed as one of its entries.
        if (directory.inode().lookup(root.name())) continue;
        writer.put(root.name(), root.inode().number(), root.inode().mode(), kMounts + i + 1);
    }
}

}  // namespace

ErrnoOr<usize> DirectoryFile::read(IoBuffer&) { return fail(EISDIR); }

ErrnoOr<usize> DirectoryFile::read_at(IoBuffer&, u64) { return fail(EISDIR); }

ErrnoOr<i64> DirectoryFile::seek(i64 offset, int whence) {
    const i64 target = MF_TRY(seek_to(position_, static_cast<u64>(std::numeric_limits<i64>::max()), offset, whence));
    position_ = static_cast<u64>(target);
    return target;
}

ErrnoOr<usize> DirectoryFile::read_directory(UserAddr to, usize bytes, bool old_layout) {
    Dentry& directory = *dentry();
    if (directory.deleted()) return fail(ENOENT);
    DirentWriter writer(to, bytes, old_layout);
    writer.set_position(position_);
    if (position_ == 0) writer.put(".", directory.inode().number(), S_IFDIR, kDotDot);
    if (writer.position() == kDotDot && !writer.stopped()) {
        const Dentry& above = directory.parent() ? *directory.parent() : directory;
        writer.put("..", above.inode().number(), S_IFDIR, kEntries);
    }
    if (writer.position() >= kEntries && writer.position() < kMounts && !writer.stopped()) {
        MF_TRY(directory.inode().list(writer.position() - kEntries, writer));
        if (!writer.stopped()) writer.set_position(kMounts);
    }
    if (writer.position() >= kMounts && !writer.stopped()) put_mounts(directory, writer);
    position_ = writer.position();
    return writer.result();
}

}  // namespace mayfly::guest
