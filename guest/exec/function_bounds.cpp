#include "guest/exec/function_bounds.h"

#include "guest/exec/elf.h"
#include "guest/lib/vector.h"

namespace mayfly::guest {
namespace {

// The encodings that linkers use (DW_EH_PE_*); with others there is no answer.
constexpr u8 kPcRelative4 = 0x1b, kUnsigned4 = 0x03, kHeaderRelative4 = 0x3b;

struct FrameHeader {
    u8 version;
    u8 frame_encoding;
    u8 count_encoding;
    u8 table_encoding;
    i32 frame;
    u32 count;
};
static_assert(sizeof(FrameHeader) == 12);

// Of the sorted table behind the header; relative to the header's address.
struct TableEntry {
    i32 function;
    i32 description;
};

// A frame description entry, as far as it matters.
struct Description {
    u32 length;
    u32 common;
    i32 start;  // relative to its own address
    u32 bytes;
};

// Addresses here are those the file was linked for.
class UnwindTable {
public:
    static ErrnoOr<UnwindTable> of(FileReader& file) {
        Elf64_Ehdr start;
        MF_TRY(file.read(0, &start, sizeof start));
        const Elf64_Ehdr header = MF_TRY(parse_elf_header(std::as_bytes(std::span(&start, 1))));
        UnwindTable table(file);
        MF_TRY(table.segments_.resize(header.e_phnum));
        MF_TRY(file.read(header.e_phoff, table.segments_.data(), header.e_phnum * sizeof(Elf64_Phdr)));
        MF_TRY(table.find_header());
        return table;
    }

    ErrnoOr<u64> address_of(u64 offset) const {
        for (const Elf64_Phdr& segment : segments_)
            if (segment.p_type == PT_LOAD && offset >= segment.p_offset && offset - segment.p_offset < segment.p_filesz)
                return segment.p_vaddr + (offset - segment.p_offset);
        return fail(ENOENT);
    }

    // The last function that does not begin behind `address`.
    ErrnoOr<u32> find(u64 address) {
        u32 low = 0;
        u32 high = count_;
        while (low < high) {
            const u32 middle = low + (high - low) / 2;
            if (MF_TRY(start_of(middle)) <= address)
                low = middle + 1;
            else
                high = middle;
        }
        if (low == 0) return fail(ENOENT);
        return low - 1;
    }

    u32 count() const { return count_; }
    ErrnoOr<u64> start_of(u32 index) { return header_ + static_cast<u64>(i64{MF_TRY(entry(index)).function}); }

    ErrnoOr<u64> end_of(u32 index) {
        const TableEntry found = MF_TRY(entry(index));
        const u64 start = header_ + static_cast<u64>(i64{found.function});
        const u64 at = header_ + static_cast<u64>(i64{found.description});
        Description description;
        MF_TRY(file_->read(MF_TRY(offset_of(at)), &description, sizeof description));
        // It must speak of the same function: then its addresses have the encoding assumed here.
        const u64 field = at + offsetof(Description, start);
        if (field + static_cast<u64>(i64{description.start}) != start) return fail(ENOENT);
        return start + description.bytes;
    }

private:
    explicit UnwindTable(FileReader& file) : file_(&file) {}

    ErrnoOr<void> find_header() {
        for (const Elf64_Phdr& segment : segments_) {
            if (segment.p_type != PT_GNU_EH_FRAME) continue;
            FrameHeader header;
            MF_TRY(file_->read(segment.p_offset, &header, sizeof header));
            if (header.version != 1 || header.frame_encoding != kPcRelative4 || header.count_encoding != kUnsigned4 ||
                header.table_encoding != kHeaderRelative4)
                return fail(ENOENT);
            header_ = segment.p_vaddr;
            table_offset_ = segment.p_offset + sizeof header;
            count_ = header.count;
            return {};
        }
        return fail(ENOENT);
    }

    ErrnoOr<u64> offset_of(u64 address) const {
        for (const Elf64_Phdr& segment : segments_)
            if (segment.p_type == PT_LOAD && address >= segment.p_vaddr && address - segment.p_vaddr < segment.p_filesz)
                return segment.p_offset + (address - segment.p_vaddr);
        return fail(ENOENT);
    }

    ErrnoOr<TableEntry> entry(u32 index) {
        TableEntry result;
        MF_TRY(file_->read(table_offset_ + u64{index} * sizeof result, &result, sizeof result));
        return result;
    }

    FileReader* file_;
    Vector<Elf64_Phdr> segments_;
    u64 header_ = 0;
    u64 table_offset_ = 0;
    u32 count_ = 0;
};

}  // namespace

ErrnoOr<FunctionBounds> find_function(FileReader& file, u64 offset) {
    auto table = MF_TRY(UnwindTable::of(file));
    const u64 address = MF_TRY(table.address_of(offset));
    const u32 index = MF_TRY(table.find(address));
    const u64 start = MF_TRY(table.start_of(index));
    const u64 end = MF_TRY(table.end_of(index));
    if (address >= end) return fail(ENOENT);
    const u64 previous_end = index == 0 ? start : MF_TRY(table.end_of(index - 1));
    const u64 next_start = index + 1 == table.count() ? end : MF_TRY(table.start_of(index + 1));
    if (previous_end > start || next_start < end) return fail(ENOENT);
    const u64 text = address - offset;  // wraps where the address is the smaller one
    return FunctionBounds{start - text, end - text, previous_end - text, next_start - text};
}

}  // namespace mayfly::guest
