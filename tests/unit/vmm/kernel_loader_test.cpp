#include "vmm/kernel_loader.h"

#include <elf.h>
#include <gmock/gmock.h>

#include <array>
#include <cstring>
#include <vector>

#include "abi/kernel_header.h"

namespace mayfly::vmm {
namespace {

using testing::HasSubstr;

// An ELF file with one segment that is nothing but a kernel header.
struct KernelFile {
    Elf64_Ehdr elf{};
    Elf64_Phdr segment{};
    abi::KernelHeader header{};

    KernelFile() {
        std::memcpy(elf.e_ident, ELFMAG, SELFMAG);
        elf.e_ident[EI_CLASS] = ELFCLASS64;
        elf.e_machine = EM_X86_64;
        elf.e_type = ET_EXEC;
        elf.e_phoff = sizeof elf;
        elf.e_phnum = 1;
        elf.e_phentsize = sizeof segment;
        segment.p_type = PT_LOAD;
        segment.p_offset = offsetof(KernelFile, header);
        segment.p_vaddr = abi::kKernelBase;
        segment.p_paddr = abi::kKernelPhysicalBase;
        segment.p_filesz = sizeof header;
        segment.p_memsz = 8192;
        header.magic = abi::kKernelMagic;
        header.abi_version = abi::kVersion;
        header.entry = abi::kKernelBase + 0x100;
        header.stack_top = abi::kKernelBase + 0x2000;
        header.gdt = abi::kKernelBase + 0x10;
        header.image_end = abi::kKernelBase + 8192;
    }
};

class Loader : public testing::Test {
protected:
    std::vector<std::byte> ram_ = std::vector<std::byte>(abi::kMinRamBytes);
    GuestMemory memory_{ram_};
    KernelFile file_;

    Result<CpuState> load() { return load_kernel(memory_, std::as_bytes(std::span(&file_, 1)), {}); }
    std::string error_of(const Result<CpuState>& result) { return result ? "" : result.error().what; }
};

TEST_F(Loader, StartsTheKernelAtItsEntryInRing3) {
    const auto state = load();

    ASSERT_TRUE(state) << error_of(state);
    EXPECT_EQ(state->rip, file_.header.entry);
    EXPECT_EQ(state->rsp, file_.header.stack_top);
    EXPECT_EQ(state->rflags, 0x3202u);
    EXPECT_EQ(state->cr3, 0x1000u);
    EXPECT_EQ(std::memcmp(ram_.data() + abi::kKernelPhysicalBase, &file_.header, sizeof file_.header), 0);
}

TEST_F(Loader, LeavesPageZeroAlone) {
    ASSERT_TRUE(load());

    EXPECT_TRUE(std::all_of(ram_.begin(), ram_.begin() + 4096, [](std::byte b) { return b == std::byte{0}; }));
}

TEST_F(Loader, RefusesAKernelOfAnotherAbi) {
    file_.header.abi_version = abi::kVersion + 1;

    const auto state = load();

    ASSERT_FALSE(state);
    EXPECT_EQ(state.error().code, ErrorCode::incompatible);
}

TEST_F(Loader, RefusesASegmentBeyondTheFile) {
    file_.segment.p_offset = ~0ull;

    EXPECT_THAT(error_of(load()), HasSubstr("truncated"));
}

TEST_F(Loader, RefusesASegmentLargerInTheFileThanInMemory) {
    file_.segment.p_memsz = 8;

    EXPECT_FALSE(load());
}

TEST_F(Loader, RefusesASegmentOutsideOfTheKernelsPart) {
    file_.segment.p_vaddr = 0x400000;

    EXPECT_FALSE(load());
}

TEST_F(Loader, RefusesASegmentAtAnotherPhysicalAddress) {
    file_.segment.p_paddr = 0;

    EXPECT_FALSE(load());
}

TEST_F(Loader, RefusesAnImageThatEndsOutsideOfRam) {
    file_.header.image_end = abi::kKernelBase + abi::kMinRamBytes;

    EXPECT_FALSE(load());
}

TEST_F(Loader, RefusesProgramHeadersBeyondTheFile) {
    file_.elf.e_phoff = ~0ull - 8;

    EXPECT_THAT(error_of(load()), HasSubstr("truncated"));
}

TEST_F(Loader, RefusesWhatIsNoKernel) {
    file_.header.magic = 0;

    EXPECT_THAT(error_of(load()), HasSubstr("kernel header"));
}

TEST_F(Loader, SurvivesEveryTruncation) {
    const auto bytes = std::as_bytes(std::span(&file_, 1));

    for (std::size_t length = 0; length < bytes.size(); ++length)
        EXPECT_FALSE(load_kernel(memory_, bytes.first(length), {})) << length;
}

}  // namespace
}  // namespace mayfly::vmm
