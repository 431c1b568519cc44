// pipe(2) and FIFOs.
#pragma once

#include "guest/fs/file.h"
#include "guest/fs/inode.h"
#include "guest/ipc/pipe_buffer.h"
#include "guest/lib/list.h"

namespace mayfly::guest {

class Pipe;

// One open file of a pipe: its reading or writing end, or, of a FIFO opened for both, both.
class PipeEnd final : public File {
public:
    PipeEnd(Ref<Pipe> pipe, Ref<Inode> inode, int flags);
    ~PipeEnd() override;

    ErrnoOr<usize> read(IoBuffer& to) override;
    ErrnoOr<usize> write(IoBuffer& from) override;
    ErrnoOr<usize> bytes_ready() override;
    u32 poll() override;
    FileKind kind() const override { return FileKind::pipe; }
    Ref<Inode> inode() const override { return inode_; }
    ErrnoOr<String> name() const override;

    Pipe& pipe() const { return *pipe_; }

    ListNode node;

private:
    bool saw_a_writer() const;

    Ref<Pipe> pipe_;
    Ref<Inode> inode_;  // of a FIFO, else null
    // Writers that had come before a FIFO was opened without waiting: until one more comes, its missing
    // writer is no hang-up.
    u64 writers_before_ = 0;
};

// What the ends of a pipe share; the attachment of a FIFO's inode.
class Pipe final : public RefCounted {
public:
    struct Ends {
        Ref<File> reader, writer;
    };
    // Both ends of an anonymous pipe; flags: O_NONBLOCK.
    static ErrnoOr<Ends> create(int flags);
    // open(2) of a FIFO: waits for the other side as fifo(7) says.
    static ErrnoOr<Ref<File>> open_fifo(Ref<Inode> inode, int flags);

    PipeBuffer& buffer() { return buffer_; }
    usize readers() const { return readers_; }
    usize writers() const { return writers_; }
    u64 writers_so_far() const { return writers_so_far_; }

    void add(PipeEnd& end);
    void remove(PipeEnd& end);
    // Something changed that reads, writes, poll or open may wait for.
    void wake_all();

private:
    // Until `count` is no longer what it was.
    ErrnoOr<void> wait_for_change(const u64& count);

    PipeBuffer buffer_;
    List<PipeEnd, &PipeEnd::node> ends_;
    usize readers_ = 0;
    usize writers_ = 0;
    // How many ever came: open() must not miss a side that came and went while it slept.
    u64 readers_so_far_ = 0;
    u64 writers_so_far_ = 0;
    WaitQueue opened_;
};

// fcntl(2) F_GETPIPE_SZ and F_SETPIPE_SZ; EBADF when the file is no pipe.
SysResult pipe_capacity(File& file);
SysResult set_pipe_capacity(File& file, u64 bytes);

}  // namespace mayfly::guest
