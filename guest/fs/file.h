// An open file description: what several descriptors may share (open(2)).
#pragma once

#include <linux/fcntl.h>
#include <linux/poll.h>

#include "guest/fs/dentry.h"
#include "guest/lib/ref.h"
#include "guest/mm/memory_object.h"
#include "guest/mm/user.h"
#include "guest/thread/wait_queue.h"

namespace mayfly::guest {

// For calls that work on one kind of file only (epoll_ctl, bind), and for fstat of what has no inode.
enum class FileKind { other, pipe, socket, epoll, eventfd, timerfd, terminal, console, pidfd };

class File : public RefCounted {
public:
    explicit File(int flags) : flags_(flags) {}
    ~File() override;

    // O_ACCMODE, O_APPEND, O_NONBLOCK ... as open(2) and fcntl(F_SETFL) left them.
    int flags() const { return flags_; }
    void set_flags(int flags) { flags_ = flags; }
    bool nonblocking() const { return (flags_ & O_NONBLOCK) != 0; }
    bool is_path() const { return (flags_ & O_PATH) != 0; }  // only names something
    bool readable() const { return !is_path() && (flags_ & O_ACCMODE) != O_WRONLY; }
    bool writable() const { return !is_path() && (flags_ & O_ACCMODE) != O_RDONLY; }

    // The name it was opened by; null for what has none (pipes, sockets).
    const Ref<Dentry>& dentry() const { return dentry_; }
    void set_dentry(Ref<Dentry> dentry) { dentry_ = std::move(dentry); }

    // Transfer at the file's position; the number of bytes, 0 at the end. The system call layer has
    // checked readable() / writable(). Streams ignore positions.
    virtual ErrnoOr<usize> read(IoBuffer& to);
    virtual ErrnoOr<usize> write(IoBuffer& from);
    // ESPIPE for streams.
    virtual ErrnoOr<usize> read_at(IoBuffer& to, u64 offset);
    virtual ErrnoOr<usize> write_at(IoBuffer& from, u64 offset);
    virtual ErrnoOr<i64> seek(i64 offset, int whence);
    virtual SysResult ioctl(u32 request, UserAddr argument);  // ENOTTY

    // Readiness as poll(2) gives it (POLLIN | POLLOUT for whatever is not a stream). A file that
    // can become ready wakes `ready` when it may have.
    virtual u32 poll() { return POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM; }
    WaitQueue& ready() { return ready_; }
    // False for what has no way to become ready: epoll refuses it.
    virtual bool can_become_ready() const { return true; }

    virtual FileKind kind() const { return FileKind::other; }
    // What mmap(2) maps; null: memory of its own (/dev/zero). ENODEV where there is nothing.
    virtual ErrnoOr<Ref<MemoryObject>> memory_object();
    // The inode behind it, or null for anonymous things (eventfd, epoll): fstat then says so itself.
    virtual Ref<Inode> inode() const;
    // Bytes that read() would give at once (FIONREAD); ENOTTY.
    virtual ErrnoOr<usize> bytes_ready();
    // Entries of a directory into `to`, as getdents64(2) lays them out; ENOTDIR.
    virtual ErrnoOr<usize> read_directory(UserAddr to, usize bytes, bool old_layout);
    // For /proc/self/fd and traces: an absolute path, or a name like "anon_inode:[eventpoll]".
    virtual ErrnoOr<String> name() const;

private:
    int flags_;
    Ref<Dentry> dentry_;
    WaitQueue ready_;
};

}  // namespace mayfly::guest
