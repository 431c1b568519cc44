// Reads the headers of an ELF program (elf(5)). Pure: what is loaded where is exec/load.cpp's business.
#pragma once

#include <linux/elf.h>

#include <span>

#include "guest/lib/types.h"

namespace mayfly::guest {

inline constexpr usize kMaxProgramHeaders = 64;

// The ELF header, checked: 64-bit little-endian x86-64, executable or shared object. ENOEXEC otherwise.
ErrnoOr<Elf64_Ehdr> parse_elf_header(std::span<const std::byte> file_start);

// What the loadable segments ask for.
struct ElfLayout {
    u64 lowest = 0;   // page-aligned; 0 for position-independent ones as a rule
    u64 end = 0;      // page-aligned
    u64 headers = 0;  // where the program headers lie in memory, 0 if in no segment
    bool has_interpreter = false;
    u64 interpreter_offset = 0;
    u64 interpreter_bytes = 0;
};

// ENOEXEC when segments overlap, leave the address space, or lie out of order.
ErrnoOr<ElfLayout> parse_segments(const Elf64_Ehdr& header, std::span<const Elf64_Phdr> segments);

}  // namespace mayfly::guest
