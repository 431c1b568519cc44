#include "guest/ipc/pipe.h"

#include <bit>

#include "guest/ipc/object_name.h"
#include "guest/ipc/syscalls.h"
#include "guest/signal/deliver.h"

namespace mayfly::guest {

PipeEnd::PipeEnd(Ref<Pipe> pipe, Ref<Inode> inode, int flags)
    : File(flags), pipe_(std::move(pipe)), inode_(std::move(inode)) {
    pipe_->add(*this);
    if (inode_ && readable() && nonblocking()) writers_before_ = pipe_->writers_so_far();
}

PipeEnd::~PipeEnd() { pipe_->remove(*this); }

ErrnoOr<usize> PipeEnd::read(IoBuffer& to) {
    if (to.remaining() == 0) return 0;
    PipeBuffer& buffer = pipe_->buffer();
    while (buffer.empty()) {
        if (pipe_->writers() == 0) return 0;
        if (nonblocking()) return fail(EAGAIN);
        MF_TRY(ready().wait());
    }
    const auto moved = buffer.read(to);
    pipe_->wake_all();
    return moved;
}

ErrnoOr<usize> PipeEnd::write(IoBuffer& from) {
    usize total = 0;
    // The error of a write that has moved something is kept for the next one.
    const auto stop = [&](int number) -> ErrnoOr<usize> {
        if (total > 0) return total;
        return fail(number);
    };
    while (from.remaining() > 0) {
        if (pipe_->readers() == 0) {
            raise_signal(current(), SIGPIPE);
            return stop(EPIPE);
        }
        const auto moved = pipe_->buffer().write(from);
        if (!moved) return stop(moved.error().value);
        total += *moved;
        if (*moved > 0) pipe_->wake_all();
        if (from.remaining() == 0) break;
        // With room left, what stopped the copy was a bad address.
        if (!pipe_->buffer().full()) return stop(EFAULT);
        if (nonblocking()) return stop(EAGAIN);
        if (const auto waited = ready().wait(); !waited) return stop(waited.error().value);
    }
    return total;
}

ErrnoOr<usize> PipeEnd::bytes_ready() { return pipe_->buffer().bytes(); }

bool PipeEnd::saw_a_writer() const { return pipe_->writers_so_far() != writers_before_; }

u32 PipeEnd::poll() {
    u32 events = 0;
    if (readable()) {
        if (!pipe_->buffer().empty()) events |= POLLIN | POLLRDNORM;
        if (pipe_->writers() == 0 && saw_a_writer()) events |= POLLHUP;
    }
    if (writable()) {
        if (!pipe_->buffer().full()) events |= POLLOUT | POLLWRNORM;
        if (pipe_->readers() == 0) events |= POLLERR;
    }
    return events;
}

ErrnoOr<String> PipeEnd::name() const {
    if (dentry()) return File::name();
    return object_name("pipe", pipe_.get());
}

void Pipe::add(PipeEnd& end) {
    ends_.push_back(end);
    if (end.readable()) ++readers_, ++readers_so_far_;
    if (end.writable()) ++writers_, ++writers_so_far_;
    opened_.wake_all();
}

void Pipe::remove(PipeEnd& end) {
    ends_.remove(end);
    if (end.readable()) --readers_;
    if (end.writable()) --writers_;
    wake_all();
}

void Pipe::wake_all() {
    for (PipeEnd* end = ends_.front(); end != nullptr; end = ends_.next(*end)) end->ready().wake_all();
}

ErrnoOr<Pipe::Ends> Pipe::create(int flags) {
    auto pipe = MF_TRY(make_ref<Pipe>());
    Ref<File> reader = MF_TRY(make_ref<PipeEnd>(pipe, Ref<Inode>{}, O_RDONLY | flags));
    Ref<File> writer = MF_TRY(make_ref<PipeEnd>(pipe, Ref<Inode>{}, O_WRONLY | flags));
    return Ends{std::move(reader), std::move(writer)};
}

ErrnoOr<void> Pipe::wait_for_change(const u64& count) {
    const u64 before = count;
    while (count == before) MF_TRY(opened_.wait());
    return {};
}

ErrnoOr<Ref<File>> Pipe::open_fifo(Ref<Inode> inode, int flags) {
    if (!inode->attachment) inode->attachment = MF_TRY(make_ref<Pipe>());
    // A FIFO's inode keeps nothing but a Pipe.
    Ref<Pipe> pipe{static_cast<Pipe*>(inode->attachment.get())};
    const bool nonblocking = (flags & O_NONBLOCK) != 0;
    const int access = flags & O_ACCMODE;
    if (access == O_WRONLY && nonblocking && pipe->readers() == 0) return fail(ENXIO);

    // Counted as open while it waits: that is what the other side waits for.
    auto end = MF_TRY(make_ref<PipeEnd>(pipe, inode, flags));
    if (nonblocking || access == O_RDWR) return end;
    if (access == O_RDONLY && pipe->writers() == 0) MF_TRY(pipe->wait_for_change(pipe->writers_so_far_));
    if (access == O_WRONLY && pipe->readers() == 0) MF_TRY(pipe->wait_for_change(pipe->readers_so_far_));
    return end;
}

SysResult pipe_capacity(File& file) {
    if (file.kind() != FileKind::pipe) return fail(EBADF);
    return static_cast<long>(static_cast<PipeEnd&>(file).pipe().buffer().capacity());
}

SysResult set_pipe_capacity(File& file, u64 bytes) {
    constexpr u64 kMaxBytes = 1 << 20;  // as /proc/sys/fs/pipe-max-size
    if (file.kind() != FileKind::pipe) return fail(EBADF);
    if (bytes > 1u << 31) return fail(EINVAL);
    if (bytes > kMaxBytes) return fail(EPERM);
    Pipe& pipe = static_cast<PipeEnd&>(file).pipe();
    const u64 rounded = std::bit_ceil(bytes < kPageSize ? kPageSize : bytes);
    MF_TRY(pipe.buffer().set_slots(rounded / kPageSize));
    pipe.wake_all();
    return static_cast<long>(rounded);
}

SysResult sys_pipe2(Thread& self, UserPtr<int> out, int flags) {
    if (flags & ~(O_CLOEXEC | O_NONBLOCK)) return fail(EINVAL);

    // Both numbers are reserved first: until install() an early return gives them back.
    auto read_end = MF_TRY(self.fds().reserve());
    auto write_end = MF_TRY(self.fds().reserve());
    auto ends = MF_TRY(Pipe::create(flags & O_NONBLOCK));
    MF_TRY(out.put(read_end.fd()));
    MF_TRY(out.at(1).put(write_end.fd()));

    const bool close_on_exec = (flags & O_CLOEXEC) != 0;
    read_end.install(std::move(ends.reader), close_on_exec);
    write_end.install(std::move(ends.writer), close_on_exec);
    return 0;
}

SysResult sys_pipe(Thread& self, UserPtr<int> out) { return sys_pipe2(self, out, 0); }

}  // namespace mayfly::guest
