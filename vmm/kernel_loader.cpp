#include "vmm/kernel_loader.h"

#include <elf.h>

#include <cstring>

#include "abi/kernel_header.h"
#include "abi/layout.h"
#include "vmm/page_tables.h"

namespace mayfly::vmm {
namespace {

constexpr std::uint64_t kFirstTable = 0x1000;  // page 0 stays unused
constexpr std::uint64_t kBootRflags = 0x3202;  // IF, IOPL 3, and bit 1, which is always set
constexpr std::uint64_t kMaxImageBytes = 64ull << 20;

Unexpected<Error> bad_kernel(const char* why) {
    return fail(ErrorCode::corrupt, std::string("the guest kernel can't be loaded: ") + why);
}

template <class T>
Result<T> read_at(std::span<const std::byte> file, std::uint64_t offset) {
    if (offset > file.size() || sizeof(T) > file.size() - offset) return bad_kernel("the file is truncated");
    T value;
    std::memcpy(&value, file.data() + offset, sizeof value);
    return value;
}

Result<Elf64_Ehdr> read_elf_header(std::span<const std::byte> file) {
    const auto header = MF_TRY(read_at<Elf64_Ehdr>(file, 0));
    if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 || header.e_ident[EI_CLASS] != ELFCLASS64 ||
        header.e_machine != EM_X86_64 || header.e_type != ET_EXEC)
        return bad_kernel("it is no x86-64 executable");
    if (header.e_phentsize != sizeof(Elf64_Phdr)) return bad_kernel("its program headers have an unknown size");
    return header;
}

constexpr std::uint64_t physical_of(std::uint64_t address) {
    return address - abi::kKernelBase + abi::kKernelPhysicalBase;
}

Result<void> check_segment(const Elf64_Phdr& segment, std::span<const std::byte> file) {
    if (segment.p_vaddr < abi::kKernelBase || segment.p_vaddr - abi::kKernelBase > kMaxImageBytes ||
        segment.p_memsz > kMaxImageBytes || segment.p_filesz > segment.p_memsz)
        return bad_kernel("a segment lies outside of the kernel's part of the address space");
    if (segment.p_paddr != physical_of(segment.p_vaddr)) return bad_kernel("a segment has another physical address");
    if (segment.p_offset > file.size() || segment.p_filesz > file.size() - segment.p_offset)
        return bad_kernel("the file is truncated");
    return {};
}

// Copies the segments and returns the guest-physical address of the header, the start of the first.
// RAM is zero at a cold boot, so .bss needs nothing.
Result<std::uint64_t> load_segments(GuestMemory& memory, std::span<const std::byte> file) {
    const auto header = MF_TRY(read_elf_header(file));
    std::uint64_t first = 0;
    for (unsigned index = 0; index < header.e_phnum; ++index) {
        const auto segment = MF_TRY(read_at<Elf64_Phdr>(file, header.e_phoff + index * sizeof(Elf64_Phdr)));
        if (segment.p_type != PT_LOAD || segment.p_memsz == 0) continue;
        MF_TRY(check_segment(segment, file));
        MF_TRY(memory.copy_in(GuestAddress{segment.p_paddr}, file.subspan(segment.p_offset, segment.p_filesz)));
        if (first == 0) first = segment.p_paddr;
    }
    if (first == 0) return bad_kernel("it has no segment to load");
    return first;
}

Result<abi::KernelHeader> read_kernel_header(const GuestMemory& memory, std::uint64_t physical) {
    const auto header = MF_TRY(memory.read<abi::KernelHeader>(GuestAddress{physical}));
    if (header.magic != abi::kKernelMagic) return bad_kernel("its first segment does not begin with a kernel header");
    if (header.abi_version != abi::kVersion)
        return fail(ErrorCode::incompatible, "the guest kernel has ABI " + std::to_string(header.abi_version) +
                                                 ", this VMM speaks " + std::to_string(abi::kVersion));
    if (header.image_end < abi::kKernelBase || header.image_end - abi::kKernelBase > kMaxImageBytes ||
        physical_of(header.image_end) > memory.size())
        return bad_kernel("its end lies outside of RAM");
    return header;
}

constexpr std::uint64_t round_up(std::uint64_t value, std::uint64_t unit) { return (value + unit - 1) / unit * unit; }

Result<void> map_direct(BootPageTables& tables, std::uint64_t physical, std::uint64_t bytes) {
    return tables.map_large_pages(abi::kDirectMapBase + physical, physical, round_up(bytes, abi::kLargePageSize));
}

Result<std::uint64_t> build_page_tables(GuestMemory& memory, const abi::KernelHeader& header,
                                        std::span<const std::uint64_t> window_bytes) {
    auto tables = MF_TRY(BootPageTables::create(memory, kFirstTable, abi::kKernelPhysicalBase));
    MF_TRY(tables.map_pages(abi::kKernelBase, abi::kKernelPhysicalBase,
                            round_up(header.image_end - abi::kKernelBase, abi::kPageSize)));
    MF_TRY(map_direct(tables, abi::kRamBase, memory.size()));
    MF_TRY(map_direct(tables, abi::kExchangeBase, abi::kExchangeBytes));
    MF_TRY(map_direct(tables, abi::kWindowBase - abi::kLargePageSize, abi::kLargePageSize));  // the control page
    std::uint64_t base = abi::kWindowBase;
    for (const std::uint64_t bytes : window_bytes) {
        MF_TRY(map_direct(tables, base, bytes));
        base = abi::next_window_base(base, bytes);
    }
    return tables.root();
}

}  // namespace

Result<CpuState> load_kernel(GuestMemory& memory, std::span<const std::byte> elf,
                             std::span<const std::uint64_t> window_bytes) {
    if (window_bytes.size() > abi::kMaxWindows) return fail(ErrorCode::usage, "too many image windows");
    const std::uint64_t header_at = MF_TRY(load_segments(memory, elf));
    const abi::KernelHeader header = MF_TRY(read_kernel_header(memory, header_at));

    CpuState state;
    state.cr3 = MF_TRY(build_page_tables(memory, header, window_bytes));
    state.rip = header.entry;
    state.rsp = header.stack_top;
    state.rflags = kBootRflags;
    state.gdt = header.gdt;
    state.idt = header.idt;
    state.tss = header.tss;
    state.syscall_entry = header.syscall_entry;
    return state;
}

}  // namespace mayfly::vmm
