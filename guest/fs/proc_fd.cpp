#include "guest/fs/proc_fd.h"

#include "guest/fs/inode_file.h"
#include "guest/fs/mount.h"
#include "guest/thread/process.h"

namespace mayfly::guest {

namespace {

// Inode numbers of these directories' entries: far from those of the tables.
constexpr u64 kFdNumbers = u64{1} << 60;
constexpr u64 kFdInfoNumbers = u64{2} << 60;

ErrnoOr<Ref<File>> file_of(ProcSubject subject, int fd) {
    Process* process = find_process(subject);
    if (process == nullptr || fd < 0) return fail(ENOENT);
    auto file = process->fds().get(fd);
    if (!file) return fail(ENOENT);
    return file;
}

u64 number_of(u64 base, ProcSubject subject, int fd) {
    return base | (static_cast<u64>(subject.pid) << 20) | static_cast<u64>(fd);
}

Attributes attributes_of(u32 mode) {
    Attributes result;
    result.mode = mode;
    result.size = 64;  // as Linux says of these links
    result.accessed = result.modified = result.changed = Timestamp::now();
    return result;
}

// By its name or what was its name: files, directories, devices, FIFOs; not what only lives in the open
// file, as a device's state does.
bool can_be_opened_again(const Inode& inode) {
    return inode.is_regular() || inode.is_directory() || inode.is_symlink() || S_ISFIFO(inode.mode());
}

class FdLink final : public Inode {
public:
    FdLink(FileSystem& filesystem, ProcSubject subject, int fd, u32 permissions)
        : Inode(filesystem, number_of(kFdNumbers, subject, fd), attributes_of(S_IFLNK | permissions)),
          subject_(subject),
          fd_(fd) {}

    ErrnoOr<LinkTarget> follow() override {
        auto file = MF_TRY(file_of(subject_, fd_));
        LinkTarget target;
        target.text = MF_TRY(file->name());
        // The very file, whatever has become of its name.
        if (file->dentry() && can_be_opened_again(file->dentry()->inode()))
            target.dentry = file->dentry();
        else
            target.file = std::move(file);
        return target;
    }

private:
    ProcSubject subject_;
    int fd_;
};

class FdInfo final : public Inode {
public:
    FdInfo(FileSystem& filesystem, ProcSubject subject, int fd)
        : Inode(filesystem, number_of(kFdInfoNumbers, subject, fd), attributes_of(S_IFREG | 0400)),
          subject_(subject),
          fd_(fd) {}

    ErrnoOr<Ref<File>> open(int flags) override {
        auto file = MF_TRY(file_of(subject_, fd_));
        const auto position = file->seek(0, 1);  // SEEK_CUR
        ProcText text;
        text.text("pos:\t").number(position ? *position : 0).text("\nflags:\t0");
        char octal[12];
        usize at = sizeof(octal);
        for (auto value = static_cast<u32>(file->flags()); value != 0; value >>= 3)
            octal[--at] = static_cast<char>('0' + (value & 7));
        text.text({octal + at, sizeof(octal) - at}).text("\nmnt_id:\t0\n");
        auto content = MF_TRY(text.take());
        return Ref<File>(MF_TRY(make_ref<TextFile>(flags, std::move(content))));
    }

private:
    ProcSubject subject_;
    int fd_;
};

void list_descriptors(u64 base, u32 type, ProcSubject subject, u64 cursor, DirectorySink& sink) {
    Process* process = find_process(subject);
    if (process == nullptr) return;
    for (int fd = process->fds().next_open(static_cast<int>(cursor)); fd >= 0; fd = process->fds().next_open(fd + 1)) {
        char digits[16];
        const std::string_view name = Format(digits).decimal(fd).view();
        if (!sink.add(name, number_of(base, subject, fd), type, static_cast<u64>(fd) + 1)) return;
    }
}

}  // namespace

ErrnoOr<Ref<Inode>> find_fd_link(FileSystem& filesystem, ProcSubject subject, std::string_view name) {
    const int fd = parse_id(name);
    const auto file = MF_TRY(file_of(subject, fd));
    const u32 permissions = (file->readable() ? 0500u : 0) | (file->writable() ? 0300u : 0);
    return Ref<Inode>(MF_TRY(make_ref<FdLink>(filesystem, subject, fd, permissions)));
}

void list_fd_links(ProcSubject subject, u64 cursor, DirectorySink& sink) {
    list_descriptors(kFdNumbers, S_IFLNK, subject, cursor, sink);
}

ErrnoOr<Ref<Inode>> find_fd_info(FileSystem& filesystem, ProcSubject subject, std::string_view name) {
    const int fd = parse_id(name);
    MF_TRY(file_of(subject, fd));
    return Ref<Inode>(MF_TRY(make_ref<FdInfo>(filesystem, subject, fd)));
}

void list_fd_infos(ProcSubject subject, u64 cursor, DirectorySink& sink) {
    list_descriptors(kFdInfoNumbers, S_IFREG, subject, cursor, sink);
}

ErrnoOr<Ref<Inode>> find_task(FileSystem& filesystem, ProcSubject subject, std::string_view name) {
    subject.tid = parse_id(name);
    if (subject.tid <= 0 || find_thread(subject) == nullptr) return fail(ENOENT);
    return make_proc_inode(filesystem, kTaskDirectory, subject);
}

void list_tasks(ProcSubject subject, u64 cursor, DirectorySink& sink) {
    Process* process = find_process(subject);
    if (process == nullptr) return;
    // Threads are in the order they were made, so their numbers grow: the cursor is the last one's.
    for (Thread* one = process->threads().front(); one != nullptr; one = process->threads().next(*one)) {
        const auto tid = static_cast<u64>(one->tid());
        if (tid <= cursor) continue;
        subject.tid = one->tid();
        char digits[16];
        const std::string_view name = Format(digits).decimal(subject.tid).view();
        if (!sink.add(name, proc_inode_number(kTaskDirectory, subject), S_IFDIR, tid)) return;
    }
}

}  // namespace mayfly::guest
