// The extended attributes of one inode: xattr(7).
#pragma once

#include "guest/lib/string.h"

namespace mayfly::guest {

class XattrSet {
public:
    static constexpr usize kMaxValue = 65536;       // XATTR_SIZE_MAX
    static constexpr usize kMaxTotal = 128 * 1024;  // of all names and values of an inode

    // ENODATA.
    ErrnoOr<std::string_view> get(std::string_view name) const;
    // flags: XATTR_CREATE (EEXIST), XATTR_REPLACE (ENODATA). ENOSPC.
    ErrnoOr<void> set(std::string_view name, std::string_view value, int flags);
    ErrnoOr<void> remove(std::string_view name);  // ENODATA
    // The names, each with a NUL behind it.
    ErrnoOr<String> list() const;

private:
    struct Entry {
        String name;
        String value;
    };
    const Entry* find(std::string_view name) const;
    usize total() const;

    Vector<Entry> entries_;
};

}  // namespace mayfly::guest
