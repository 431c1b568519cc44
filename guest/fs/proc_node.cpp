#include "guest/fs/proc_node.h"

#include "guest/fs/inode_file.h"
#include "guest/thread/process.h"

namespace mayfly::guest {

namespace {

class ProcFile final : public TextFile {
public:
    ProcFile(int flags, Vector<char> text, const ProcEntry& entry, ProcSubject subject)
        : TextFile(flags, std::move(text)), entry_(entry), subject_(subject) {}

    ErrnoOr<usize> write(IoBuffer& from) override { return write_at(from, 0); }
    ErrnoOr<usize> write_at(IoBuffer& from, u64) override {
        char text[128];  // a number or a name
        const usize bytes = MF_TRY(from.take(text, sizeof(text)));
        MF_TRY(entry_.accept(subject_, {text, bytes}));
        return bytes;
    }

private:
    const ProcEntry& entry_;
    ProcSubject subject_;
};

class ProcInode final : public Inode {
public:
    ProcInode(FileSystem& filesystem, const ProcEntry& entry, ProcSubject subject, const Attributes& attributes)
        : Inode(filesystem, proc_inode_number(entry, subject), attributes), entry_(entry), subject_(subject) {}

    bool volatile_entries() const override { return true; }

    ErrnoOr<Ref<Inode>> lookup(std::string_view name) override {
        if (!is_directory()) return fail(ENOTDIR);
        for (const ProcEntry& child : entry_.children)
            if (child.name == name) return make_proc_inode(filesystem(), child, subject_);
        if (entry_.find != nullptr) return entry_.find(filesystem(), subject_, name);
        return fail(ENOENT);
    }

    // Cursors: the children's indexes plus one, then what `list` makes of the rest.
    ErrnoOr<void> list(u64 cursor, DirectorySink& sink) override {
        if (!is_directory()) return fail(ENOTDIR);
        for (; cursor < entry_.children.size(); ++cursor) {
            const ProcEntry& child = entry_.children[cursor];
            if (!sink.add(child.name, proc_inode_number(child, subject_), child.mode(), cursor + 1)) return {};
        }
        if (entry_.list != nullptr) entry_.list(subject_, cursor, sink);
        return {};
    }

    ErrnoOr<LinkTarget> follow() override {
        if (!entry_.is_link()) return fail(EINVAL);
        if (entry_.follow != nullptr) return entry_.follow(subject_);
        LinkTarget target;
        target.text = MF_TRY(String::of(entry_.link));
        return target;
    }

    ErrnoOr<Ref<File>> open(int flags) override {
        if (entry_.write == nullptr) return fail(EACCES);
        if ((flags & O_ACCMODE) != O_RDONLY && entry_.accept == nullptr) return fail(EACCES);
        ProcText text;
        if ((flags & O_ACCMODE) != O_WRONLY) entry_.write(text, subject_);
        auto content = MF_TRY(text.take());
        return Ref<File>(MF_TRY(make_ref<ProcFile>(flags, std::move(content), entry_, subject_)));
    }

    // Shells open with O_TRUNC what they write to.
    ErrnoOr<void> truncate(u64) override { return {}; }
    ErrnoOr<void> set_mode(u32) override { return fail(EPERM); }
    ErrnoOr<void> set_owner(u32, u32) override { return fail(EPERM); }
    ErrnoOr<void> set_times(const Timestamp*, const Timestamp*) override { return fail(EPERM); }

private:
    const ProcEntry& entry_;
    ProcSubject subject_;
};

}  // namespace

u32 ProcEntry::mode() const {
    if (is_directory()) return S_IFDIR | 0555;
    if (is_link()) return S_IFLNK | 0777;
    return S_IFREG | (accept != nullptr ? 0644u : 0444u);
}

u64 proc_inode_number(const ProcEntry& entry, ProcSubject subject) {
    // The entry's place in the kernel tells names apart, the subject tells processes and threads apart.
    const u64 place = (reinterpret_cast<u64>(&entry) >> 3) & 0xffffff;
    return (static_cast<u64>(subject.tid != 0 ? subject.tid : subject.pid) << 24) | place;
}

ErrnoOr<Ref<Inode>> make_proc_inode(FileSystem& filesystem, const ProcEntry& entry, ProcSubject subject) {
    Attributes attributes;
    attributes.mode = entry.mode();
    attributes.links = entry.is_directory() ? 2 : 1;
    attributes.accessed = attributes.modified = attributes.changed = Timestamp::now();
    return Ref<Inode>(MF_TRY(make_ref<ProcInode>(filesystem, entry, subject, attributes)));
}

Process* find_process(ProcSubject subject) {
    Process& process = current().process();
    return process.pid() == subject.pid ? &process : nullptr;
}

Thread* find_thread(ProcSubject subject) {
    Process* process = find_process(subject);
    return process == nullptr ? nullptr : process->find_thread(subject.tid != 0 ? subject.tid : subject.pid);
}

int parse_id(std::string_view name) {
    if (name.empty() || name.size() > 9 || (name[0] == '0' && name.size() > 1)) return -1;
    int value = 0;
    for (char c : name) {
        if (c < '0' || c > '9') return -1;
        value = value * 10 + (c - '0');
    }
    return value;
}

}  // namespace mayfly::guest
