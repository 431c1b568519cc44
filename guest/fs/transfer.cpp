#include "guest/fs/transfer.h"

#include <linux/fcntl.h>
#include <linux/fs.h>

#include "guest/fs/fd_table.h"
#include "guest/fs/read_write.h"

namespace mayfly::guest {

namespace {

constexpr usize kChunk = 64 * 1024;

// One side of a transfer: a file at its own position, or at one the program gave and gets back.
class Side {
public:
    static ErrnoOr<Side> of(Ref<File> file, UserPtr<i64> offset) {
        Side side;
        side.file_ = std::move(file);
        side.offset_ = offset;
        if (offset.is_null()) return side;
        const i64 start = MF_TRY(offset.get());
        if (start < 0) return fail(EINVAL);
        side.position_ = static_cast<u64>(start);
        return side;
    }

    ErrnoOr<usize> read(IoBuffer& to) { return offset_.is_null() ? file_->read(to) : file_->read_at(to, position_); }
    ErrnoOr<usize> write(IoBuffer& from) {
        return offset_.is_null() ? file_->write(from) : file_->write_at(from, position_);
    }
    void advance(usize bytes) { position_ += bytes; }
    // Bytes that were read and could not be written go back, where there is a position to move back.
    void give_back(usize bytes) {
        if (offset_.is_null() && bytes > 0) static_cast<void>(file_->seek(-static_cast<i64>(bytes), SEEK_CUR));
    }
    ErrnoOr<void> report() const {
        return offset_.is_null() ? ErrnoOr<void>{} : offset_.put(static_cast<i64>(position_));
    }

private:
    Ref<File> file_;
    UserPtr<i64> offset_;
    u64 position_ = 0;
};

// Moves up to count bytes; less at the end of the input or when the output takes no more. With `once`
// one chunk, however short, is enough (a pipe gives what it has).
SysResult transfer(Side& in, Side& out, u64 count, bool once) {
    Vector<std::byte> chunk;
    MF_TRY(chunk.resize(count < kChunk ? count : kChunk));
    u64 done = 0;
    while (done < count) {
        const usize wanted = count - done < chunk.size() ? count - done : chunk.size();
        auto space = IoBuffer::kernel({chunk.data(), wanted});
        auto got = in.read(space);
        if (!got && done == 0) return Unexpected(got.error());
        if (!got || *got == 0) break;
        auto data = IoBuffer::kernel({chunk.data(), *got});
        usize written = 0;
        int error = 0;
        while (written < *got) {
            auto put = out.write(data);
            if (!put) error = put.error().value;
            if (!put || *put == 0) break;
            out.advance(*put);
            written += *put;
        }
        in.advance(written);
        in.give_back(*got - written);
        done += written;
        if (written < *got) {
            if (done == 0 && error != 0) return fail(error);
            break;
        }
        if (once) break;
    }
    MF_TRY(in.report());
    MF_TRY(out.report());
    return static_cast<long>(done);
}

bool is_regular(const File& file) {
    const auto inode = file.inode();
    return inode && inode->is_regular();
}

// Where a transfer would begin.
ErrnoOr<u64> start_of(File& file, UserPtr<i64> offset) {
    const i64 start = MF_TRY(offset.is_null() ? file.seek(0, SEEK_CUR) : offset.get());
    return start < 0 ? ErrnoOr<u64>(fail(EINVAL)) : ErrnoOr<u64>(static_cast<u64>(start));
}

// copy_file_range(2): within one file the two ranges must not overlap.
ErrnoOr<void> check_overlap(File& in, UserPtr<i64> in_offset, File& out, UserPtr<i64> out_offset, u64 count) {
    const auto inode = in.inode();
    if (inode != out.inode()) return {};
    const u64 from = MF_TRY(start_of(in, in_offset));
    const u64 to = MF_TRY(start_of(out, out_offset));
    const u64 left = inode->size() > from ? inode->size() - from : 0;
    const u64 length = count < left ? count : left;
    if (to < from + length && from < to + length) return fail(EINVAL);
    return {};
}

constexpr u64 clamp(u64 count) { return count < IoBuffer::kMaxBytes ? count : IoBuffer::kMaxBytes; }

}  // namespace

SysResult sys_sendfile(Thread& self, int out_fd, int in_fd, UserPtr<i64> offset, u64 count) {
    auto in = MF_TRY(readable_file(self, in_fd));
    auto out = MF_TRY(writable_file(self, out_fd));
    if (!is_regular(*in) || (out->flags() & O_APPEND) != 0) return fail(EINVAL);
    auto source = MF_TRY(Side::of(std::move(in), offset));
    auto sink = MF_TRY(Side::of(std::move(out), {}));
    return transfer(source, sink, clamp(count), false);
}

SysResult sys_copy_file_range(Thread& self, int in_fd, UserPtr<i64> in_offset, int out_fd, UserPtr<i64> out_offset,
                              u64 count, unsigned flags) {
    if (flags != 0) return fail(EINVAL);
    auto in = MF_TRY(readable_file(self, in_fd));
    auto out = MF_TRY(writable_file(self, out_fd));
    if ((out->flags() & O_APPEND) != 0) return fail(EBADF);
    if (in->inode() && in->inode()->is_directory()) return fail(EISDIR);
    if (!is_regular(*in) || !is_regular(*out)) return fail(EINVAL);
    MF_TRY(check_overlap(*in, in_offset, *out, out_offset, clamp(count)));
    auto source = MF_TRY(Side::of(std::move(in), in_offset));
    auto sink = MF_TRY(Side::of(std::move(out), out_offset));
    return transfer(source, sink, clamp(count), false);
}

SysResult sys_splice(Thread& self, int in_fd, UserPtr<i64> in_offset, int out_fd, UserPtr<i64> out_offset, u64 count,
                     unsigned) {
    if (count == 0) return 0;
    auto in = MF_TRY(readable_file(self, in_fd));
    auto out = MF_TRY(writable_file(self, out_fd));
    const bool from_pipe = in->kind() == FileKind::pipe;
    const bool to_pipe = out->kind() == FileKind::pipe;
    if (!from_pipe && !to_pipe) return fail(EINVAL);
    if ((from_pipe && !in_offset.is_null()) || (to_pipe && !out_offset.is_null())) return fail(ESPIPE);
    if (!to_pipe && (out->flags() & O_APPEND) != 0) return fail(EINVAL);
    // What came out of a pipe can't be put back: the output must be one that takes everything.
    if (from_pipe && !to_pipe && !is_regular(*out) && out->nonblocking()) return fail(EINVAL);
    auto source = MF_TRY(Side::of(std::move(in), in_offset));
    auto sink = MF_TRY(Side::of(std::move(out), out_offset));
    return transfer(source, sink, clamp(count), from_pipe || to_pipe);
}

}  // namespace mayfly::guest
