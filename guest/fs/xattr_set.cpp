#include "guest/fs/xattr_set.h"

#include <linux/xattr.h>

namespace mayfly::guest {

const XattrSet::Entry* XattrSet::find(std::string_view name) const {
    for (const Entry& entry : entries_)
        if (entry.name.view() == name) return &entry;
    return nullptr;
}

usize XattrSet::total() const {
    usize bytes = 0;
    for (const Entry& entry : entries_) bytes += entry.name.size() + entry.value.size();
    return bytes;
}

ErrnoOr<std::string_view> XattrSet::get(std::string_view name) const {
    const Entry* entry = find(name);
    if (entry == nullptr) return fail(ENODATA);
    return entry->value.view();
}

ErrnoOr<void> XattrSet::set(std::string_view name, std::string_view value, int flags) {
    const Entry* there = find(name);
    if (there != nullptr && (flags & XATTR_CREATE) != 0) return fail(EEXIST);
    if (there == nullptr && (flags & XATTR_REPLACE) != 0) return fail(ENODATA);
    const usize freed = there != nullptr ? there->name.size() + there->value.size() : 0;
    if (total() - freed + name.size() + value.size() > kMaxTotal) return fail(ENOSPC);
    auto text = MF_TRY(String::of(value));
    if (there != nullptr) {
        entries_[static_cast<usize>(there - entries_.begin())].value = std::move(text);
        return {};
    }
    auto key = MF_TRY(String::of(name));
    return entries_.push_back({std::move(key), std::move(text)});
}

ErrnoOr<void> XattrSet::remove(std::string_view name) {
    const Entry* entry = find(name);
    if (entry == nullptr) return fail(ENODATA);
    entries_.erase(static_cast<usize>(entry - entries_.begin()));
    return {};
}

ErrnoOr<String> XattrSet::list() const {
    String names;
    for (const Entry& entry : entries_) {
        MF_TRY(names.append(entry.name.view()));
        MF_TRY(names.append(std::string_view("\0", 1)));
    }
    return names;
}

}  // namespace mayfly::guest
