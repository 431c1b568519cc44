#include "guest/exec/elf.h"

#include <gtest/gtest.h>

#include <cstring>
#include <vector>

namespace mayfly::guest {
namespace {

Elf64_Ehdr program_header() {
    Elf64_Ehdr header{};
    std::memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = ELFCLASS64;
    header.e_ident[EI_DATA] = ELFDATA2LSB;
    header.e_machine = EM_X86_64;
    header.e_type = ET_EXEC;
    header.e_phentsize = sizeof(Elf64_Phdr);
    header.e_phnum = 1;
    header.e_phoff = sizeof(Elf64_Ehdr);
    return header;
}

Elf64_Phdr load(u64 address, u64 bytes) {
    Elf64_Phdr segment{};
    segment.p_type = PT_LOAD;
    segment.p_vaddr = address;
    segment.p_filesz = segment.p_memsz = bytes;
    return segment;
}

std::span<const std::byte> bytes_of(const Elf64_Ehdr& header) { return std::as_bytes(std::span(&header, 1)); }

TEST(ElfHeader, AcceptsAnX86Program) { EXPECT_TRUE(parse_elf_header(bytes_of(program_header()))); }

TEST(ElfHeader, RefusesWhatIsTooShort) {
    const auto header = program_header();

    EXPECT_EQ(parse_elf_header(bytes_of(header).first(sizeof header - 1)).error(), Errno{ENOEXEC});
}

TEST(ElfHeader, RefusesEveryChangedFieldThatMatters) {
    std::vector<Elf64_Ehdr> wrong(6, program_header());
    wrong[0].e_ident[0] = 'x';
    wrong[1].e_ident[EI_CLASS] = ELFCLASS32;
    wrong[2].e_machine = EM_386;
    wrong[3].e_type = ET_CORE;
    wrong[4].e_phnum = 0;
    wrong[5].e_phnum = kMaxProgramHeaders + 1;

    for (const auto& header : wrong) EXPECT_FALSE(parse_elf_header(bytes_of(header)));
}

TEST(ElfSegments, TellsWhatTheProgramSpans) {
    const Elf64_Phdr segments[] = {load(0x400000, 0x1234), load(0x402000, 0x10)};

    const auto layout = parse_segments(program_header(), segments);

    ASSERT_TRUE(layout);
    EXPECT_EQ(layout->lowest, 0x400000u);
    EXPECT_EQ(layout->end, 0x403000u);
    EXPECT_EQ(layout->headers, 0x400000u + sizeof(Elf64_Ehdr));
}

TEST(ElfSegments, RefusesOverlapsAndHugeOnes) {
    const Elf64_Phdr overlap[] = {load(0x400000, 0x2000), load(0x401000, 0x10)};
    const Elf64_Phdr beyond[] = {load(0xffff'8000'0000'0000, 0x1000)};
    const Elf64_Phdr huge[] = {load(0x400000, ~0ull)};
    Elf64_Phdr larger_in_file = load(0x400000, 0x1000);
    larger_in_file.p_memsz = 0x10;

    EXPECT_FALSE(parse_segments(program_header(), overlap));
    EXPECT_FALSE(parse_segments(program_header(), beyond));
    EXPECT_FALSE(parse_segments(program_header(), huge));
    EXPECT_FALSE(parse_segments(program_header(), {&larger_in_file, 1}));
}

}  // namespace
}  // namespace mayfly::guest
