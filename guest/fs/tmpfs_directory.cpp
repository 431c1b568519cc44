#include <limits>

#include "guest/fs/file.h"
#include "guest/fs/tmpfs.h"
#include "guest/fs/tmpfs_space.h"

namespace mayfly::guest {

namespace {

constexpr u64 kEntrySize = 20;  // of a directory's st_size; as Linux's tmpfs counts

u32 hash_of(std::string_view name) {
    u32 value = 0x811c9dc5;  // FNV-1a
    for (char c : name) value = (value ^ static_cast<u8>(c)) * 0x01000193;
    return value;
}

// Makes the inode and gives its place back if that fails.
template <class T, class... Arguments>
ErrnoOr<Ref<TmpfsInode>> make_counted(Arguments&&... arguments) {
    MF_TRY(TmpfsSpace::take_inode());
    auto made = make_ref<T>(std::forward<Arguments>(arguments)...);
    if (!made) {
        TmpfsSpace::give_inode();
        return Unexpected(made.error());
    }
    return Ref<TmpfsInode>(std::move(*made));
}

}  // namespace

TmpfsDirectory::Entry* TmpfsDirectory::find(std::string_view name) {
    const u32 hash = hash_of(name);
    for (Entry& entry : entries_)
        if (entry.hash == hash && entry.inode && entry.name.view() == name) return &entry;
    return nullptr;
}

ErrnoOr<void> TmpfsDirectory::check_alive() const {
    if (attributes().links == 0) return fail(ENOENT);  // removed while somebody uses it
    return {};
}

void TmpfsDirectory::touch() {
    mutable_attributes().modified = mutable_attributes().changed = Timestamp::now();
    mutable_attributes().size = kEntrySize * (2 + used_);
}

ErrnoOr<void> TmpfsDirectory::add(std::string_view name, Ref<Inode> inode) {
    Entry entry;
    entry.cookie = ++last_cookie_;
    entry.hash = hash_of(name);
    entry.name = MF_TRY(String::of(name));
    entry.inode = std::move(inode);
    const bool is_directory = entry.inode->is_directory();
    MF_TRY(entries_.push_back(std::move(entry)));
    if (is_directory) ++mutable_attributes().links;
    ++used_;
    touch();
    return {};
}

void TmpfsDirectory::remove(Entry& entry) {
    if (entry.inode->is_directory()) --mutable_attributes().links;
    entry.inode = nullptr;
    entry.name = String{};
    --used_;
    if (entries_.size() > 16 && used_ < entries_.size() / 2) compact();
    touch();
}

void TmpfsDirectory::compact() {
    usize kept = 0;
    for (usize i = 0; i < entries_.size(); ++i) {
        if (!entries_[i].inode) continue;
        if (i != kept) entries_[kept] = std::move(entries_[i]);
        ++kept;
    }
    while (entries_.size() > kept) entries_.pop_back();
}

ErrnoOr<Ref<Inode>> TmpfsDirectory::lookup(std::string_view name) {
    Entry* entry = find(name);
    if (entry == nullptr) return fail(ENOENT);
    return entry->inode;
}

ErrnoOr<void> TmpfsDirectory::list(u64 cursor, DirectorySink& sink) {
    // Entries are sorted by cookie.
    usize low = 0;
    usize high = entries_.size();
    while (low < high) {
        const usize middle = low + (high - low) / 2;
        if (entries_[middle].cookie <= cursor)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < entries_.size(); ++low) {
        const Entry& entry = entries_[low];
        if (!entry.inode) continue;
        if (!sink.add(entry.name.view(), entry.inode->number(), entry.inode->mode(), entry.cookie)) break;
    }
    return {};
}

Attributes TmpfsDirectory::attributes_for(u32 mode) const {
    Attributes result;
    result.mode = mode;
    if ((this->mode() & S_ISGID) != 0) {
        // inode(7): what is made in a set-group-ID directory belongs to its group.
        result.gid = attributes().gid;
        if (S_ISDIR(mode)) result.mode |= S_ISGID;
    }
    if (S_ISDIR(mode)) {
        result.links = 2;
        result.size = 2 * kEntrySize;
    }
    result.accessed = result.modified = result.changed = Timestamp::now();
    return result;
}

ErrnoOr<Ref<Inode>> TmpfsDirectory::make(std::string_view name, u32 mode, u64 device) {
    MF_TRY(check_alive());
    Attributes attributes = attributes_for(mode);
    attributes.device = device;
    auto inode = MF_TRY(S_ISDIR(mode)   ? make_counted<TmpfsDirectory>(tmpfs(), attributes)
                        : S_ISREG(mode) ? make_counted<TmpfsFile>(tmpfs(), attributes)
                                        : make_counted<TmpfsSpecial>(tmpfs(), attributes));
    MF_TRY(add(name, inode));
    return Ref<Inode>(std::move(inode));
}

ErrnoOr<Ref<Inode>> TmpfsDirectory::make_symlink(std::string_view name, std::string_view target) {
    MF_TRY(check_alive());
    auto text = MF_TRY(String::of(target));
    Attributes attributes = attributes_for(S_IFLNK | 0777);
    attributes.size = target.size();
    auto inode = MF_TRY(make_counted<TmpfsLink>(tmpfs(), attributes, std::move(text)));
    MF_TRY(add(name, inode));
    return Ref<Inode>(std::move(inode));
}

ErrnoOr<Ref<Inode>> TmpfsDirectory::make_unnamed(u32 mode) {
    MF_TRY(check_alive());
    Attributes attributes = attributes_for(mode);
    attributes.links = 0;
    return Ref<Inode>(MF_TRY(make_counted<TmpfsFile>(tmpfs(), attributes)));
}

ErrnoOr<void> TmpfsDirectory::link(std::string_view name, Inode& inode) {
    MF_TRY(check_alive());
    MF_TRY(add(name, Ref<Inode>(&inode)));
    own(inode).add_link();
    return {};
}

ErrnoOr<void> TmpfsDirectory::unlink(std::string_view name, Inode& inode) {
    Entry* entry = find(name);
    if (entry == nullptr || entry->inode.get() != &inode) return fail(ENOENT);
    own(inode).drop_link();
    remove(*entry);
    return {};
}

ErrnoOr<void> TmpfsDirectory::remove_directory(std::string_view name, Inode& inode) {
    Entry* entry = find(name);
    if (entry == nullptr || entry->inode.get() != &inode) return fail(ENOENT);
    if (!static_cast<TmpfsDirectory&>(inode).empty()) return fail(ENOTEMPTY);
    own(inode).drop_link();
    remove(*entry);
    return {};
}

ErrnoOr<void> TmpfsDirectory::rename(std::string_view name, Inode& inode, Inode& to, std::string_view new_name,
                                     Inode* replaced, bool exchange) {
    auto& target = static_cast<TmpfsDirectory&>(to);  // the caller has seen that it is of this file system
    MF_TRY(target.check_alive());
    Entry* entry = find(name);
    if (entry == nullptr || entry->inode.get() != &inode) return fail(ENOENT);
    if (exchange) {
        Entry* other = target.find(new_name);
        if (other == nullptr || other->inode.get() != replaced) return fail(ENOENT);
        // The directories' link counts follow the subdirectories.
        const u32 mine = inode.is_directory() ? 1 : 0;
        const u32 theirs = replaced->is_directory() ? 1 : 0;
        mutable_attributes().links += theirs - mine;
        target.mutable_attributes().links += mine - theirs;
        std::swap(entry->inode, other->inode);
        own(*replaced).touch_changed();
    } else {
        if (replaced != nullptr && replaced->is_directory() && !static_cast<TmpfsDirectory*>(replaced)->empty())
            return fail(ENOTEMPTY);
        // In before out: when there is no memory for the new entry, nothing has changed.
        MF_TRY(target.add(new_name, Ref<Inode>(&inode)));
        if (replaced != nullptr) {
            for (Entry& old : target.entries_) {
                if (old.inode.get() != replaced || old.name.view() != new_name) continue;
                own(*replaced).drop_link();
                target.remove(old);
                break;
            }
        }
        // `entry` may have moved with its vector.
        for (Entry& old : entries_) {
            if (old.inode.get() != &inode || old.name.view() != name) continue;
            remove(old);
            break;
        }
    }
    own(inode).touch_changed();
    touch();
    target.touch();
    return {};
}

}  // namespace mayfly::guest
