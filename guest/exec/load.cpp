#include "guest/exec/load.h"

namespace mayfly::guest {
namespace {

ErrnoOr<void> read_exactly(Inode& inode, u64 offset, std::span<std::byte> to) {
    auto buffer = IoBuffer::kernel(to);
    if (MF_TRY(inode.read_at(buffer, offset)) != to.size()) return fail(ENOEXEC);
    return {};
}

Protection protection_of(const Elf64_Phdr& segment) {
    return {(segment.p_flags & PF_R) != 0, (segment.p_flags & PF_W) != 0, (segment.p_flags & PF_X) != 0};
}

class SegmentMapper {
public:
    SegmentMapper(AddressSpace& space, Ref<MemoryObject> object, SharedName path, u64 base)
        : space_(space), object_(std::move(object)), path_(std::move(path)), base_(base) {}

    ErrnoOr<void> map(const Elf64_Phdr& segment) {
        const u64 start = round_down(base_ + segment.p_vaddr, kPageSize);
        const u64 file_end = base_ + segment.p_vaddr + segment.p_filesz;
        const u64 memory_end = round_up(base_ + segment.p_vaddr + segment.p_memsz, kPageSize);
        const u64 mapped_end = segment.p_filesz == 0 ? start : round_up(file_end, kPageSize);
        const Protection protection = protection_of(segment);
        if (mapped_end > start) {
            Region region;
            region.object = object_;
            region.offset = round_down(segment.p_offset, kPageSize);
            MF_TRY(map_range(start, mapped_end, protection, std::move(region)));
        }
        if (memory_end > mapped_end) MF_TRY(map_range(mapped_end, memory_end, protection, Region{}));
        // The rest of the last file page belongs to .bss.
        if (protection.write && segment.p_memsz > segment.p_filesz && mapped_end > file_end)
            MF_TRY(clear_user(UserAddr{file_end}, mapped_end - file_end));
        return {};
    }

private:
    ErrnoOr<void> map_range(u64 start, u64 end, Protection protection, Region region) {
        MapRequest request;
        request.address = start;
        request.bytes = end - start;
        request.fixed = request.is_new = true;
        request.region = std::move(region);
        request.region.protection = protection;
        request.region.path = path_;
        MF_TRY(space_.map(std::move(request)));
        return {};
    }

    AddressSpace& space_;
    Ref<MemoryObject> object_;
    SharedName path_;
    u64 base_;
};

ErrnoOr<u64> choose_base(AddressSpace& space, const Elf64_Ehdr& header, const ElfLayout& layout, u64 preferred) {
    if (header.e_type == ET_EXEC) return 0;
    MapRequest request;
    request.address = preferred;
    request.bytes = layout.end - layout.lowest;
    request.no_reserve = true;
    const u64 start = MF_TRY(space.map(std::move(request)));
    return start - layout.lowest;
}

ErrnoOr<String> read_interpreter(Inode& inode, const ElfLayout& layout) {
    Vector<std::byte> bytes;
    MF_TRY(bytes.resize(layout.interpreter_bytes));
    MF_TRY(read_exactly(inode, layout.interpreter_offset, bytes.span()));
    return String::of({reinterpret_cast<const char*>(bytes.data()), bytes.size() - 1});  // without the NUL
}

}  // namespace

ErrnoOr<LoadedElf> load_elf(AddressSpace& space, Dentry& file, std::string_view path, u64 preferred_base) {
    Inode& inode = file.inode();
    if (!inode.is_regular() || (inode.mode() & 0111) == 0) return fail(EACCES);
    Elf64_Ehdr start;
    MF_TRY(read_exactly(inode, 0, std::as_writable_bytes(std::span(&start, 1))));
    const Elf64_Ehdr header = MF_TRY(parse_elf_header(std::as_bytes(std::span(&start, 1))));
    Vector<Elf64_Phdr> segments;
    MF_TRY(segments.resize(header.e_phnum));
    MF_TRY(read_exactly(inode, header.e_phoff, std::as_writable_bytes(segments.span())));
    const ElfLayout layout = MF_TRY(parse_segments(header, segments.span()));

    LoadedElf loaded;
    loaded.base = MF_TRY(choose_base(space, header, layout, preferred_base));
    auto name = MF_TRY(SharedName::of(path));
    SegmentMapper mapper(space, Ref<MemoryObject>(&inode), std::move(name), loaded.base);
    for (const Elf64_Phdr& segment : segments)
        if (segment.p_type == PT_LOAD && segment.p_memsz > 0) MF_TRY(mapper.map(segment));

    loaded.entry = loaded.base + header.e_entry;
    loaded.headers = layout.headers == 0 ? 0 : loaded.base + layout.headers;
    loaded.header_count = header.e_phnum;
    loaded.end = loaded.base + layout.end;
    if (layout.has_interpreter) loaded.interpreter = MF_TRY(read_interpreter(inode, layout));
    return loaded;
}

}  // namespace mayfly::guest
