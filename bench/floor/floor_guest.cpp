#include "bench/floor/floor_guest.h"

#include <sys/mman.h>

#include <cstring>
#include <string>
#include <variant>

#include "abi/doorbell.h"
#include "abi/kernel_header.h"
#include "abi/layout.h"
#include "bench/lab/stopwatch.h"
#include "vmm/cpuid.h"
#include "vmm/guest_memory.h"

extern "C" const std::byte mayfly_floor_guest[];
extern "C" const std::byte mayfly_floor_guest_end[];

namespace mayfly::bench {
namespace {

// Guest memory, mapped one to one: tables and code in the first 2 MiB, then pages to touch.
constexpr std::uint64_t kPml4 = 0x1000;
constexpr std::uint64_t kPdpt = 0x2000;
constexpr std::uint64_t kPageDirectory = 0x3000;
constexpr std::uint64_t kIdt = 0x4000;
constexpr std::uint64_t kGdt = 0x5000;
constexpr std::uint64_t kTss = 0x6000;  // three pages, with the I/O bitmap
constexpr std::uint64_t kCode = 0x9000;
constexpr std::uint64_t kStack = 0xb000;
constexpr std::uint64_t kTimes = 0xc000;  // one page: 512 counts
constexpr std::uint64_t kPageTables = 0x10'0000;
constexpr std::uint64_t kFirstPage = 2ull << 20;
constexpr std::uint64_t kRamBytes = 4ull << 20;
constexpr std::uint64_t kPages = (kRamBytes - kFirstPage) / abi::kPageSize;
static_assert(kPages * sizeof(std::uint64_t) <= abi::kPageSize);

// Page table bits: Intel SDM volume 3, table 4-19.
constexpr std::uint64_t kPresent = 1;
constexpr std::uint64_t kWritable = 2;
constexpr std::uint64_t kUser = 4;
constexpr std::uint64_t kAccessedDirty = 0x60;
constexpr std::uint64_t kTable = kPresent | kWritable | kUser | 0x20;

void store(std::span<std::byte> ram, std::uint64_t address, std::uint64_t value) {
    std::memcpy(ram.data() + address, &value, sizeof value);
}

}  // namespace

void FloorGuest::write_tables() {
    const std::span<std::byte> ram = ram_.bytes();
    store(ram, kPml4, kPdpt | kTable);
    store(ram, kPdpt, kPageDirectory | kTable);
    for (std::uint64_t block = 0; block < kRamBytes / abi::kLargePageSize; ++block) {
        const std::uint64_t table = kPageTables + block * abi::kPageSize;
        store(ram, kPageDirectory + block * 8, table | kTable);
        for (std::uint64_t page = 0; page < 512; ++page)
            store(
                ram, table + page * 8,
                (block * abi::kLargePageSize + page * abi::kPageSize) | kPresent | kWritable | kUser | kAccessedDirty);
    }
    // The I/O bitmap follows the TSS; all zero allows every port, the VMM lets only the doorbell pass.
    constexpr std::uint16_t kBitmapOffset = 0x68;
    std::memcpy(ram.data() + kTss + 102, &kBitmapOffset, sizeof kBitmapOffset);
    ram[kTss + abi::kTssBytes - 1] = std::byte{0xff};
    std::memcpy(ram.data() + kCode, mayfly_floor_guest,
                static_cast<std::size_t>(mayfly_floor_guest_end - mayfly_floor_guest));
}

Result<std::unique_ptr<FloorGuest>> FloorGuest::create(const vmm::Kvm& kvm) {
    Mapping ram = MF_TRY(Mapping::anonymous(kRamBytes, MAP_PRIVATE | MAP_POPULATE));
    vmm::Vm vm = MF_TRY(vmm::Vm::create(kvm));
    MF_TRY(vm.add_slot(vmm::GuestAddress{0}, host_range(ram.bytes()), vmm::SlotAccess::read_write));
    vmm::Vcpu vcpu = MF_TRY(vmm::Vcpu::create(kvm, vm, MF_TRY(vmm::Cpuid::supported(kvm))));

    std::unique_ptr<FloorGuest> guest(new FloorGuest(std::move(ram), std::move(vm), std::move(vcpu)));
    guest->write_tables();
    guest->ready_.rip = kCode;
    guest->ready_.rsp = kStack;
    // IOPL 3 besides the I/O bitmap: backends differ in which they look at.
    guest->ready_.rflags = 0x3002;
    guest->ready_.cr3 = kPml4;
    guest->ready_.gdt = kGdt;
    guest->ready_.idt = kIdt;
    guest->ready_.tss = kTss;
    MF_TRY(guest->vcpu_.set_state(guest->ready_));
    MF_TRY(guest->enter());
    return guest;
}

Result<void> FloorGuest::enter() {
    const vmm::Exit exit = MF_TRY(vcpu_.run());
    if (std::holds_alternative<vmm::DoorbellRing>(exit)) return {};
    if (const auto* bad = std::get_if<vmm::BadExit>(&exit))
        return fail(ErrorCode::kvm, "the test guest " + bad->reason);
    return fail(ErrorCode::kvm, "a signal interrupted the test guest");
}

Result<double> FloorGuest::exit_once() {
    const Stopwatch watch;
    MF_TRY(enter());
    return watch.microseconds();
}

Result<void> FloorGuest::touch_pages() {
    MF_TRY(vm_.drop_translations());
    vmm::CpuState touching = ready_;
    touching.general[4] = kPages;      // rsi
    touching.general[5] = kFirstPage;  // rdi
    touching.general[7] = kTimes;      // r8
    MF_TRY(vcpu_.set_state(touching));
    MF_TRY(enter());
    const double ticks_per_microsecond = static_cast<double>(vcpu_.tsc_khz()) / 1e3;
    const vmm::GuestMemory memory(ram_.bytes());
    for (std::uint64_t page = 0; page < kPages; ++page) {
        const auto ticks = MF_TRY(memory.read<std::uint64_t>(vmm::GuestAddress{kTimes + page * sizeof(std::uint64_t)}));
        faults_.push_back(static_cast<double>(ticks) / ticks_per_microsecond);
    }
    return {};
}

Result<double> FloorGuest::fault_once() {
    if (faults_.empty()) MF_TRY(touch_pages());
    const double fault = faults_.back();
    faults_.pop_back();
    return fault;
}

}  // namespace mayfly::bench
