#include "guest/fs/tmpfs.h"

#include <linux/magic.h>

#include "guest/fs/file.h"
#include "guest/fs/tmpfs_space.h"

namespace mayfly::guest {

FileSystemStatistics TmpfsFileSystem::statistics() const {
    FileSystemStatistics result;
    result.magic = TMPFS_MAGIC;
    result.blocks = TmpfsSpace::page_limit();
    result.free_blocks = result.blocks > TmpfsSpace::used_pages() ? result.blocks - TmpfsSpace::used_pages() : 0;
    result.files = TmpfsSpace::inode_limit();
    result.free_files = result.files > TmpfsSpace::used_inodes() ? result.files - TmpfsSpace::used_inodes() : 0;
    return result;
}

ErrnoOr<Ref<Inode>> TmpfsFileSystem::make_root(Ref<TmpfsFileSystem> filesystem, u32 permissions) {
    MF_TRY(TmpfsSpace::take_inode());
    Attributes attributes;
    attributes.mode = S_IFDIR | permissions;
    attributes.links = 2;
    attributes.size = 40;
    attributes.accessed = attributes.modified = attributes.changed = Timestamp::now();
    return Ref<Inode>(MF_TRY(make_ref<TmpfsDirectory>(*filesystem, attributes)));
}

TmpfsInode::TmpfsInode(TmpfsFileSystem& filesystem, const Attributes& attributes)
    : Inode(filesystem, filesystem.next_number(), attributes), tmpfs_(filesystem) {}

TmpfsInode::~TmpfsInode() { TmpfsSpace::give_inode(); }

void TmpfsInode::add_link() {
    ++mutable_attributes().links;
    touch_changed();
}

void TmpfsInode::drop_link() {
    // A directory's own "." goes with its name.
    if (is_directory())
        mutable_attributes().links = 0;
    else
        --mutable_attributes().links;
    touch_changed();
}

void TmpfsInode::touch_changed() { mutable_attributes().changed = Timestamp::now(); }

ErrnoOr<XattrSet*> TmpfsInode::make_xattrs() {
    if (!xattrs_) xattrs_ = MF_TRY(make_owned<XattrSet>());
    touch_changed();
    return xattrs_.get();
}

ErrnoOr<LinkTarget> TmpfsLink::follow() {
    LinkTarget target;
    target.text = MF_TRY(target_.copy());
    return target;
}

}  // namespace mayfly::guest
