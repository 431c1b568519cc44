#include "guest/fs/devfs.h"

#include "guest/fs/endless.h"
#include "guest/fs/mount.h"
#include "guest/ipc/terminal.h"

namespace mayfly::guest {

namespace {

constexpr u32 kMemoryMajor = 1;  // null, zero, full, random, urandom
constexpr u32 kTerminalMajor = 5;
constexpr u32 kOwnMajor = 240;  // Linux's first one for local use

class NullFile final : public File {
public:
    using File::File;
    ErrnoOr<usize> read(IoBuffer&) override { return usize{0}; }
    ErrnoOr<usize> write(IoBuffer& from) override { return from.remaining(); }
    ErrnoOr<usize> read_at(IoBuffer& to, u64) override { return read(to); }
    ErrnoOr<usize> write_at(IoBuffer& from, u64) override { return write(from); }
    ErrnoOr<i64> seek(i64, int) override { return i64{0}; }
    bool can_become_ready() const override { return false; }
};

class ZeroFile final : public File {
public:
    ZeroFile(int flags, bool full) : File(flags), full_(full) {}
    ErrnoOr<usize> read(IoBuffer& to) override { return give_zeroes(to); }
    ErrnoOr<usize> write(IoBuffer& from) override {
        if (full_) return fail(ENOSPC);
        return from.remaining();
    }
    ErrnoOr<usize> read_at(IoBuffer& to, u64) override { return read(to); }
    ErrnoOr<usize> write_at(IoBuffer& from, u64) override { return write(from); }
    ErrnoOr<i64> seek(i64, int) override { return i64{0}; }
    bool can_become_ready() const override { return false; }
    ErrnoOr<Ref<MemoryObject>> memory_object() override {
        if (full_) return fail(ENODEV);
        return Ref<MemoryObject>{};
    }

private:
    bool full_;
};

class RandomFile : public File {
public:
    using File::File;
    ErrnoOr<usize> read(IoBuffer& to) override { return give_random(to); }
    // What is written is not mixed in: it would be the program's to choose.
    ErrnoOr<usize> write(IoBuffer& from) override { return from.remaining(); }
    ErrnoOr<usize> read_at(IoBuffer& to, u64) override { return read(to); }
    ErrnoOr<usize> write_at(IoBuffer& from, u64) override { return write(from); }
    ErrnoOr<i64> seek(i64, int) override { return i64{0}; }
};

// Linux says so of /dev/urandom only.
class UrandomFile final : public RandomFile {
public:
    using RandomFile::RandomFile;
    bool can_become_ready() const override { return false; }
};

template <class T>
ErrnoOr<Ref<File>> open_as(int flags) {
    return Ref<File>(MF_TRY(make_ref<T>(flags)));
}
template <bool Full>
ErrnoOr<Ref<File>> open_zero(int flags) {
    return Ref<File>(MF_TRY(make_ref<ZeroFile>(flags, Full)));
}
ErrnoOr<Ref<File>> open_terminal(int) { return fail(ENXIO); }  // no controlling terminal

struct Device {
    std::string_view name;
    u64 number = 0;
    OpenDevice open = nullptr;
};

constexpr Device kStandard[] = {
    {"null", make_device(kMemoryMajor, 3), open_as<NullFile>},
    {"zero", make_device(kMemoryMajor, 5), open_zero<false>},
    {"full", make_device(kMemoryMajor, 7), open_zero<true>},
    {"random", make_device(kMemoryMajor, 8), open_as<RandomFile>},
    {"urandom", make_device(kMemoryMajor, 9), open_as<UrandomFile>},
    {"tty", make_device(kTerminalMajor, 0), open_terminal},
    {"ptmx", make_device(kTerminalMajor, 2), open_ptmx},
};

constexpr usize kMaxRegistered = 16;
constinit Device registered[kMaxRegistered];
constinit u32 registered_count = 0;

struct Link {
    std::string_view name, target;
};
constexpr Link kLinks[] = {
    {"fd", "/proc/self/fd"},
    {"stdin", "/proc/self/fd/0"},
    {"stdout", "/proc/self/fd/1"},
    {"stderr", "/proc/self/fd/2"},
};

ErrnoOr<void> make_node(Inode& directory, const Device& device) {
    auto made = directory.make(device.name, S_IFCHR | 0666, device.number);
    if (!made) return Unexpected(made.error());
    return {};
}

}  // namespace

ErrnoOr<void> devfs_register(std::string_view name, OpenDevice open) {
    if (registered_count == kMaxRegistered) return fail(ENOSPC);
    Device& device = registered[registered_count];
    device = {name, make_device(kOwnMajor, registered_count), open};
    ++registered_count;
    auto directory = MF_TRY(root_directory()->child("dev"));
    return make_node(directory->inode(), device);
}

ErrnoOr<Ref<File>> open_device(u64 number, int flags) {
    for (const Device& device : kStandard)
        if (device.number == number) return device.open(flags);
    for (u32 i = 0; i < registered_count; ++i)
        if (registered[i].number == number) return registered[i].open(flags);
    return fail(ENXIO);
}

ErrnoOr<void> make_devices(Dentry& directory) {
    for (const Device& device : kStandard) MF_TRY(make_node(directory.inode(), device));
    for (const Link& link : kLinks) MF_TRY(directory.inode().make_symlink(link.name, link.target));
    return {};
}

}  // namespace mayfly::guest
