#include "guest/fs/dentry.h"

#include "guest/fs/path.h"

namespace mayfly::guest {

// All dentries that can be found by name, and a bounded queue that keeps the latest found ones alive.
class DentryTable {
public:
    static constexpr usize kBuckets = 1024;
    static constexpr usize kKept = 2048;

    static u32 hash(const Dentry* parent, std::string_view name) {
        // FNV-1a, begun with the directory's address.
        u64 value = 0xcbf29ce484222325 ^ (reinterpret_cast<u64>(parent) >> 4);
        for (char c : name) value = (value ^ static_cast<u8>(c)) * 0x100000001b3;
        return static_cast<u32>(value ^ (value >> 32));
    }

    Dentry* find(const Dentry* parent, std::string_view name) const {
        const u32 wanted = hash(parent, name);
        for (Dentry* one = buckets_[wanted % kBuckets]; one != nullptr; one = one->next_in_bucket_)
            if (one->hash_ == wanted && one->parent_.get() == parent && one->name_.view() == name) return one;
        return nullptr;
    }

    void insert(Dentry& dentry) {
        dentry.hash_ = hash(dentry.parent_.get(), dentry.name_.view());
        Dentry*& bucket = buckets_[dentry.hash_ % kBuckets];
        dentry.next_in_bucket_ = bucket;
        bucket = &dentry;
        dentry.in_table_ = true;
    }

    void remove(Dentry& dentry) {
        if (!dentry.in_table_) return;
        Dentry** link = &buckets_[dentry.hash_ % kBuckets];
        while (*link != &dentry) link = &(*link)->next_in_bucket_;
        *link = dentry.next_in_bucket_;
        dentry.in_table_ = false;
    }

    // First in, first out: unlike a least-recently-used order this writes nothing when a name is found
    // again, and memory that is not written need not be reset after an invocation.
    void keep(Dentry& dentry) {
        Dentry* oldest = std::exchange(kept_[next_kept_], &dentry);
        dentry.retain();
        dentry.kept_at_ = static_cast<u32>(next_kept_);
        next_kept_ = (next_kept_ + 1) % kKept;
        if (oldest == nullptr) return;
        oldest->kept_at_ = Dentry::kNotKept;
        oldest->release();
    }

    // A removed file's memory is free once nobody has it open: the queue must not hold it.
    void stop_keeping(Dentry& dentry) {
        if (dentry.kept_at_ == Dentry::kNotKept) return;
        kept_[dentry.kept_at_] = nullptr;
        dentry.kept_at_ = Dentry::kNotKept;
        dentry.release();
    }

private:
    Dentry* buckets_[kBuckets] = {};
    // Counted by hand: globals with destructors would need code that runs before the kernel's entry.
    Dentry* kept_[kKept] = {};
    usize next_kept_ = 0;
};

namespace {
constinit DentryTable table;
}  // namespace

Dentry::~Dentry() {
    table.remove(*this);
    // Directories above that only this name kept go one by one: nested destructors would need a kernel
    // stack as deep as the path.
    Ref<Dentry> above = std::move(parent_);
    while (above && above->references() == 1) {
        Ref<Dentry> next = std::move(above->parent_);
        table.remove(*above);
        above = std::move(next);
    }
}

Ref<Dentry> Dentry::cached_child(std::string_view name) { return Ref<Dentry>(table.find(this, name)); }

ErrnoOr<Ref<Dentry>> Dentry::child(std::string_view name) {
    if (Dentry* known = table.find(this, name)) return Ref<Dentry>(known);
    if (name.size() > kMaxName) return fail(inode_->is_directory() ? ENAMETOOLONG : ENOTDIR);
    auto inode = MF_TRY(inode_->lookup(name));
    if (!inode_->volatile_entries()) return add_child(name, std::move(inode));
    auto text = MF_TRY(String::of(name));
    return make_ref<Dentry>(Ref<Dentry>(this), std::move(text), std::move(inode));
}

ErrnoOr<Ref<Dentry>> Dentry::add_child(std::string_view name, Ref<Inode> inode) {
    auto text = MF_TRY(String::of(name));
    auto dentry = MF_TRY(make_ref<Dentry>(Ref<Dentry>(this), std::move(text), std::move(inode)));
    table.insert(*dentry);
    table.keep(*dentry);
    return dentry;
}

void Dentry::mark_deleted() {
    table.remove(*this);
    deleted_ = true;
    table.stop_keeping(*this);  // last: the caller's reference is what is left
}

ErrnoOr<void> Dentry::move_to(Ref<Dentry> directory, std::string_view name) {
    auto text = MF_TRY(String::of(name));
    table.remove(*this);
    parent_ = std::move(directory);
    name_ = std::move(text);
    table.insert(*this);
    return {};
}

void Dentry::exchange(Dentry& a, Dentry& b) {
    table.remove(a);
    table.remove(b);
    std::swap(a.parent_, b.parent_);
    std::swap(a.name_, b.name_);
    table.insert(a);
    table.insert(b);
}

bool Dentry::is_below(const Dentry& ancestor) const {
    for (const Dentry* one = this; one != nullptr; one = one->parent_.get())
        if (one == &ancestor) return true;
    return false;
}

bool Dentry::reachable_from(const Dentry& root) const {
    for (const Dentry* one = this; one != nullptr; one = one->parent_.get()) {
        if (one == &root) return true;
        if (one->deleted_) return false;
    }
    return false;
}

ErrnoOr<String> Dentry::path(const Dentry& root) const {
    if (this == &root) return String::of("/");
    Vector<const Dentry*> names;
    for (const Dentry* one = this; one != nullptr && one != &root; one = one->parent_.get()) {
        // The root of everything when it is not `root`: the place can't be reached from there.
        if (!one->parent_ && !one->deleted_) return fail(ENOENT);
        MF_TRY(names.push_back(one));
    }
    String result;
    for (usize i = names.size(); i > 0; --i) {
        MF_TRY(result.append("/"));
        MF_TRY(result.append(names[i - 1]->name_.view()));
    }
    if (deleted_) MF_TRY(result.append(" (deleted)"));
    return result;
}

}  // namespace mayfly::guest
