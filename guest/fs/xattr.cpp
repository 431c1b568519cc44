#include <linux/fcntl.h>
#include <linux/limits.h>
#include <linux/xattr.h>

#include "guest/fs/attributes.h"
#include "guest/fs/xattr_set.h"

namespace mayfly::guest {

namespace {

struct Value {
    UserAddr address;
    u64 bytes = 0;
};

ErrnoOr<Ref<Inode>> at(Thread& self, UserString path, int flags) { return inode_at(self, AT_FDCWD, path, flags); }

ErrnoOr<String> read_name(UserString name) {
    auto text = name.copy(XATTR_NAME_MAX);
    if (!text && text.error().value == ENAMETOOLONG) return fail(ERANGE);
    if (text && text->empty()) return fail(ERANGE);
    return text;
}

// Which attributes an inode may have: xattr(7). `refusal`: what the program hears for "user." names of
// what is neither file nor directory.
ErrnoOr<void> check_name(const Inode& inode, std::string_view name, int refusal) {
    if (name.starts_with(XATTR_USER_PREFIX)) {
        if (!inode.is_regular() && !inode.is_directory()) return fail(refusal);
        return name.size() > XATTR_USER_PREFIX_LEN ? ErrnoOr<void>{} : fail(EINVAL);
    }
    if (name.starts_with(XATTR_TRUSTED_PREFIX) || name.starts_with(XATTR_SECURITY_PREFIX)) return {};
    return fail(EOPNOTSUPP);
}

// Copies what a get or list call gives; with room 0 only the length is asked for.
SysResult give(std::string_view bytes, UserAddr to, u64 room) {
    if (room == 0) return static_cast<long>(bytes.size());
    if (bytes.size() > room) return fail(ERANGE);
    MF_TRY(copy_to_user(to, bytes.data(), bytes.size()));
    return static_cast<long>(bytes.size());
}

SysResult set(Inode& inode, UserString user_name, Value value, int flags) {
    if ((flags & ~(XATTR_CREATE | XATTR_REPLACE)) != 0) return fail(EINVAL);
    const auto name = MF_TRY(read_name(user_name));
    if (value.bytes > XattrSet::kMaxValue) return fail(E2BIG);
    Vector<char> bytes;
    MF_TRY(bytes.resize(value.bytes));
    MF_TRY(copy_from_user(bytes.data(), value.address, value.bytes));
    if (inode.filesystem().read_only()) return fail(EROFS);
    MF_TRY(check_name(inode, name.view(), EPERM));
    XattrSet* set = MF_TRY(inode.make_xattrs());
    MF_TRY(set->set(name.view(), {bytes.data(), bytes.size()}, flags));
    return 0;
}

SysResult get(Inode& inode, UserString user_name, Value value) {
    const auto name = MF_TRY(read_name(user_name));
    MF_TRY(check_name(inode, name.view(), ENODATA));
    const XattrSet* set = inode.xattrs();
    if (set == nullptr) return fail(ENODATA);
    const auto bytes = MF_TRY(set->get(name.view()));
    return give(bytes, value.address, value.bytes);
}

SysResult list(Inode& inode, Value value) {
    const XattrSet* set = inode.xattrs();
    if (set == nullptr) return 0;
    const auto names = MF_TRY(set->list());
    return give(names.view(), value.address, value.bytes);
}

SysResult remove(Inode& inode, UserString user_name) {
    const auto name = MF_TRY(read_name(user_name));
    if (inode.filesystem().read_only()) return fail(EROFS);
    MF_TRY(check_name(inode, name.view(), EPERM));
    XattrSet* set = inode.xattrs();
    if (set == nullptr) return fail(ENODATA);
    MF_TRY(set->remove(name.view()));
    return 0;
}

}  // namespace

SysResult sys_setxattr(Thread& self, UserString path, UserString name, UserAddr value, u64 bytes, int flags) {
    const auto inode = MF_TRY(at(self, path, 0));
    return set(*inode, name, {value, bytes}, flags);
}
SysResult sys_lsetxattr(Thread& self, UserString path, UserString name, UserAddr value, u64 bytes, int flags) {
    const auto inode = MF_TRY(at(self, path, AT_SYMLINK_NOFOLLOW));
    return set(*inode, name, {value, bytes}, flags);
}
SysResult sys_fsetxattr(Thread& self, int fd, UserString name, UserAddr value, u64 bytes, int flags) {
    const auto inode = MF_TRY(inode_of(self, fd));
    return set(*inode, name, {value, bytes}, flags);
}
SysResult sys_getxattr(Thread& self, UserString path, UserString name, UserAddr value, u64 bytes) {
    const auto inode = MF_TRY(at(self, path, 0));
    return get(*inode, name, {value, bytes});
}
SysResult sys_lgetxattr(Thread& self, UserString path, UserString name, UserAddr value, u64 bytes) {
    const auto inode = MF_TRY(at(self, path, AT_SYMLINK_NOFOLLOW));
    return get(*inode, name, {value, bytes});
}
SysResult sys_fgetxattr(Thread& self, int fd, UserString name, UserAddr value, u64 bytes) {
    const auto inode = MF_TRY(inode_of(self, fd));
    return get(*inode, name, {value, bytes});
}
SysResult sys_listxattr(Thread& self, UserString path, UserAddr names, u64 bytes) {
    const auto inode = MF_TRY(at(self, path, 0));
    return list(*inode, {names, bytes});
}
SysResult sys_llistxattr(Thread& self, UserString path, UserAddr names, u64 bytes) {
    const auto inode = MF_TRY(at(self, path, AT_SYMLINK_NOFOLLOW));
    return list(*inode, {names, bytes});
}
SysResult sys_flistxattr(Thread& self, int fd, UserAddr names, u64 bytes) {
    const auto inode = MF_TRY(inode_of(self, fd));
    return list(*inode, {names, bytes});
}
SysResult sys_removexattr(Thread& self, UserString path, UserString name) {
    const auto inode = MF_TRY(at(self, path, 0));
    return remove(*inode, name);
}
SysResult sys_lremovexattr(Thread& self, UserString path, UserString name) {
    const auto inode = MF_TRY(at(self, path, AT_SYMLINK_NOFOLLOW));
    return remove(*inode, name);
}
SysResult sys_fremovexattr(Thread& self, int fd, UserString name) {
    const auto inode = MF_TRY(inode_of(self, fd));
    return remove(*inode, name);
}

}  // namespace mayfly::guest
