// The tree of names: a name in a directory and the inode it leads to. Dentries are kept in a table by
// (directory, name), so that a path that was walked before is walked again without asking the file
// system. A mounted file system's root is a dentry in that table like any other, which is all that
// mounting needs: ".." is parent(), and a lookup finds it before the file system below is asked.
#pragma once

#include "guest/fs/inode.h"
#include "guest/lib/list.h"

namespace mayfly::guest {

class Dentry : public RefCounted {
public:
    Dentry(Ref<Dentry> parent, String name, Ref<Inode> inode)
        : parent_(std::move(parent)), name_(std::move(name)), inode_(std::move(inode)) {}
    ~Dentry() override;

    Inode& inode() const { return *inode_; }
    Ref<Inode> inode_ref() const { return inode_; }
    // Null for the root of everything.
    const Ref<Dentry>& parent() const { return parent_; }
    std::string_view name() const { return name_.view(); }
    bool deleted() const { return deleted_; }
    bool is_mount_root() const { return mount_root_; }
    void mark_mount_root() { mount_root_ = true; }

    // What `name` in this directory leads to: ENOTDIR, ENAMETOOLONG, ENOENT.
    ErrnoOr<Ref<Dentry>> child(std::string_view name);
    // The same without asking the file system; may be null.
    Ref<Dentry> cached_child(std::string_view name);
    // Enters a name that the file system has just made, or that is mounted.
    ErrnoOr<Ref<Dentry>> add_child(std::string_view name, Ref<Inode> inode);
    // The name is gone; the dentry lives on while somebody uses it. The caller holds a reference.
    void mark_deleted();
    // Moves the name; the file system has done its part.
    ErrnoOr<void> move_to(Ref<Dentry> directory, std::string_view name);
    // The two names swap their inodes' places (RENAME_EXCHANGE).
    static void exchange(Dentry& a, Dentry& b);

    // The absolute path, as seen from `root`; " (deleted)" is appended to a deleted name.
    // ENOENT when it does not lie below root.
    ErrnoOr<String> path(const Dentry& root) const;
    // False when this or a directory above it was removed.
    bool reachable_from(const Dentry& root) const;
    bool is_below(const Dentry& ancestor) const;  // or is it itself

private:
    friend class DentryTable;
    Ref<Dentry> parent_;
    String name_;
    Ref<Inode> inode_;
    Dentry* next_in_bucket_ = nullptr;
    static constexpr u32 kNotKept = ~0u;

    u32 hash_ = 0;
    u32 kept_at_ = kNotKept;
    bool in_table_ = false;
    bool deleted_ = false;
    bool mount_root_ = false;
};

}  // namespace mayfly::guest
