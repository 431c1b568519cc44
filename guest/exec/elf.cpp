#include "guest/exec/elf.h"

#include <cstring>

namespace mayfly::guest {
namespace {

constexpr u64 kHighest = 0x7fff'0000'0000;
constexpr u64 kMaxInterpreter = 4096;

bool supported(const Elf64_Ehdr& header) {
    return std::memcmp(header.e_ident, ELFMAG, SELFMAG) == 0 && header.e_ident[EI_CLASS] == ELFCLASS64 &&
           header.e_ident[EI_DATA] == ELFDATA2LSB && header.e_machine == EM_X86_64 &&
           (header.e_type == ET_EXEC || header.e_type == ET_DYN) && header.e_phentsize == sizeof(Elf64_Phdr) &&
           header.e_phnum > 0 && header.e_phnum <= kMaxProgramHeaders;
}

bool loadable(const Elf64_Phdr& segment) {
    return segment.p_filesz <= segment.p_memsz && segment.p_memsz <= kHighest && segment.p_vaddr <= kHighest &&
           segment.p_offset <= kHighest && segment.p_offset % kPageSize == segment.p_vaddr % kPageSize;
}

}  // namespace

ErrnoOr<Elf64_Ehdr> parse_elf_header(std::span<const std::byte> file_start) {
    Elf64_Ehdr header;
    if (file_start.size() < sizeof header) return fail(ENOEXEC);
    std::memcpy(&header, file_start.data(), sizeof header);
    if (!supported(header)) return fail(ENOEXEC);
    return header;
}

ErrnoOr<ElfLayout> parse_segments(const Elf64_Ehdr& header, std::span<const Elf64_Phdr> segments) {
    ElfLayout layout;
    bool found = false;
    for (const Elf64_Phdr& segment : segments) {
        if (segment.p_type == PT_INTERP) {
            if (segment.p_filesz < 2 || segment.p_filesz > kMaxInterpreter) return fail(ENOEXEC);
            layout.has_interpreter = true;
            layout.interpreter_offset = segment.p_offset;
            layout.interpreter_bytes = segment.p_filesz;
        }
        if (segment.p_type != PT_LOAD || segment.p_memsz == 0) continue;
        if (!loadable(segment)) return fail(ENOEXEC);
        const u64 start = round_down(segment.p_vaddr, kPageSize);
        if (found && start < layout.end) return fail(ENOEXEC);
        if (!found) layout.lowest = start;
        found = true;
        layout.end = round_up(segment.p_vaddr + segment.p_memsz, kPageSize);
        if (header.e_phoff >= segment.p_offset && header.e_phoff < segment.p_offset + segment.p_filesz)
            layout.headers = segment.p_vaddr + (header.e_phoff - segment.p_offset);
    }
    if (!found) return fail(ENOEXEC);
    return layout;
}

}  // namespace mayfly::guest
