#include <linux/falloc.h>
#include <linux/fcntl.h>

#include <cstring>
#include <limits>

#include "guest/fs/file.h"
#include "guest/fs/tmpfs.h"
#include "guest/fs/tmpfs_space.h"
#include "guest/mm/frames.h"

namespace mayfly::guest {

namespace {

constexpr u64 kMaxSize = static_cast<u64>(std::numeric_limits<i64>::max());
constexpr u64 kAllPages = kMaxSize / kPageSize + 1;

constexpr u64 page_of(u64 offset) { return offset / kPageSize; }
constexpr u64 pages_of(u64 bytes) { return bytes / kPageSize + (bytes % kPageSize != 0 ? 1 : 0); }

}  // namespace

TmpfsFile::~TmpfsFile() { drop_pages(0, kAllPages); }

void TmpfsFile::drop_pages(u64 first, u64 end) {
    for (;;) {
        const PhysAddr frame = pages_.take_first(first, end);
        if (frame == PageTree::kNone) return;
        TmpfsSpace::give_page(frame);
        --held_pages_;
    }
}

void TmpfsFile::touch_modified() { mutable_attributes().modified = mutable_attributes().changed = Timestamp::now(); }

ErrnoOr<PhysAddr> TmpfsFile::page_to_write(u64 index) {
    const PhysAddr there = pages_.find(index);
    if (there != PageTree::kNone) return there;
    const PhysAddr frame = MF_TRY(TmpfsSpace::take_page());
    auto inserted = pages_.insert(index, frame);
    if (!inserted) {
        TmpfsSpace::give_page(frame);
        return Unexpected(inserted.error());
    }
    ++held_pages_;
    return frame;
}

ErrnoOr<usize> TmpfsFile::read_at(IoBuffer& to, u64 offset) {
    usize done = 0;
    while (to.remaining() > 0 && offset < size()) {
        const u64 within = offset % kPageSize;
        u64 bytes = kPageSize - within;
        if (bytes > size() - offset) bytes = size() - offset;
        const PhysAddr frame = pages_.find(page_of(offset));
        auto given = frame == PageTree::kNone ? to.give_zeroes(bytes) : to.give(frame_bytes(frame) + within, bytes);
        if (!given && done == 0) return given;
        if (!given || *given == 0) break;
        done += *given;
        offset += *given;
    }
    // As "relatime" mounts do: often enough to tell whether a file was read since it was written.
    Attributes& mine = mutable_attributes();
    if (mine.accessed.seconds <= mine.modified.seconds || mine.accessed.seconds <= mine.changed.seconds)
        mine.accessed = Timestamp::now();
    return done;
}

ErrnoOr<usize> TmpfsFile::write_at(IoBuffer& from, u64 offset) {
    if (from.remaining() == 0) return usize{0};
    if ((seals() & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE)) != 0) return fail(EPERM);
    if (offset >= kMaxSize) return fail(EFBIG);
    if ((seals() & F_SEAL_GROW) != 0 && (offset > size() || from.remaining() > size() - offset)) return fail(EPERM);
    usize done = 0;
    while (from.remaining() > 0 && offset < kMaxSize) {
        auto frame = page_to_write(page_of(offset));
        if (!frame) {
            if (done == 0) return Unexpected(frame.error());
            break;
        }
        const u64 within = offset % kPageSize;
        // Copying may fault, and the fault may ask for pages of this very file.
        auto taken = from.take(frame_bytes(*frame) + within, kPageSize - within);
        if (!taken && done == 0) return taken;
        if (!taken || *taken == 0) break;
        done += *taken;
        offset += *taken;
        if (offset > size()) mutable_attributes().size = offset;
    }
    touch_modified();
    return done;
}

void TmpfsFile::zero_within_page(u64 offset, u64 bytes) {
    const PhysAddr frame = pages_.find(page_of(offset));
    if (frame != PageTree::kNone) std::memset(frame_bytes(frame) + offset % kPageSize, 0, bytes);
}

void TmpfsFile::zero_range(u64 offset, u64 end) {
    if (end <= offset) return;
    if (page_of(offset) == page_of(end - 1) && end - offset < kPageSize) return zero_within_page(offset, end - offset);
    const u64 first_whole = pages_of(offset);
    const u64 end_whole = page_of(end);
    // A mapped page stays where it is: unmapping would also take the private copies that programs made.
    if (was_mapped_)
        for (u64 i = pages_.next_page(first_whole, end_whole); i < end_whole; i = pages_.next_page(i + 1, end_whole))
            zero_within_page(i * kPageSize, kPageSize);
    else
        drop_pages(first_whole, end_whole);
    if (offset % kPageSize != 0) zero_within_page(offset, kPageSize - offset % kPageSize);
    if (end % kPageSize != 0) zero_within_page(end_whole * kPageSize, end % kPageSize);
}

ErrnoOr<void> TmpfsFile::truncate(u64 new_size) {
    if (new_size > kMaxSize) return fail(EFBIG);
    if (new_size < size() && (seals() & F_SEAL_SHRINK) != 0) return fail(EPERM);
    if (new_size > size() && (seals() & F_SEAL_GROW) != 0) return fail(EPERM);
    if (new_size < size()) {
        const u64 first = pages_of(new_size);
        if (was_mapped_) unmap_from_processes(*this, first);
        drop_pages(first, kAllPages);
        if (new_size % kPageSize != 0) zero_within_page(new_size, kPageSize - new_size % kPageSize);
    }
    mutable_attributes().size = new_size;
    touch_modified();
    return {};
}

ErrnoOr<void> TmpfsFile::allocate(u32 mode, u64 offset, u64 bytes) {
    if (bytes > kMaxSize || offset > kMaxSize - bytes) return fail(EFBIG);
    const u64 end = offset + bytes;
    const bool keeps_size = (mode & FALLOC_FL_KEEP_SIZE) != 0;
    if ((mode & ~(FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE)) != 0) return fail(EOPNOTSUPP);
    if ((mode & FALLOC_FL_PUNCH_HOLE) != 0) {
        if ((seals() & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE)) != 0) return fail(EPERM);
        zero_range(offset, end);
        touch_modified();
        return {};
    }
    if (end > size() && !keeps_size && (seals() & F_SEAL_GROW) != 0) return fail(EPERM);
    if ((mode & FALLOC_FL_ZERO_RANGE) != 0) zero_range(offset, end < size() ? end : size());

    // All or nothing: what is missing must fit before the first page is taken.
    u64 present = 0;
    for (u64 i = pages_.next_page(page_of(offset), pages_of(end)); i < pages_of(end);
         i = pages_.next_page(i + 1, pages_of(end)))
        ++present;
    const u64 missing = pages_of(end) - page_of(offset) - present;
    if (missing + TmpfsSpace::used_pages() > TmpfsSpace::page_limit()) return fail(ENOSPC);
    for (u64 i = page_of(offset); i < pages_of(end); ++i) MF_TRY(page_to_write(i));
    if (end > size() && !keeps_size) mutable_attributes().size = end;
    touch_modified();
    return {};
}

ErrnoOr<u64> TmpfsFile::seek_data(u64 offset) {
    const u64 end = pages_of(size());
    const u64 index = pages_.next_page(page_of(offset), end);
    if (index >= end) return fail(ENXIO);
    return index == page_of(offset) ? offset : index * kPageSize;
}

ErrnoOr<u64> TmpfsFile::seek_hole(u64 offset) {
    u64 index = page_of(offset);
    while (index < pages_of(size()) && pages_.find(index) != PageTree::kNone) ++index;
    if (index == page_of(offset)) return offset;
    return index * kPageSize < size() ? index * kPageSize : size();
}

bool TmpfsFile::writable() const { return (seals() & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE)) == 0; }

ErrnoOr<PhysAddr> TmpfsFile::page(u64 index, bool) {
    if (index >= pages_of(size())) return fail(ENXIO);
    was_mapped_ = true;
    // A hole is filled also for a reader: what is written to the file later must show in the mapping.
    auto frame = page_to_write(index);
    if (!frame && frame.error().value == ENOSPC) return fail(ENXIO);  // SIGBUS, as on Linux
    return frame;
}

ErrnoOr<PhysAddr> TmpfsFile::present(u64 index) {
    if (index >= pages_of(size())) return fail(ENXIO);
    const PhysAddr frame = pages_.find(index);
    if (frame == PageTree::kNone) return fail(ENXIO);
    return frame;
}

}  // namespace mayfly::guest
