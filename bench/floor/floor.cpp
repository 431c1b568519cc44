#include "bench/floor/floor.h"

#include <fcntl.h>
#include <linux/kvm.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bench/floor/echo_process.h"
#include "bench/floor/floor_guest.h"
#include "bench/lab/rows.h"
#include "bench/lab/stopwatch.h"
#include "bench/peers/process.h"
#include "embedded/bench_hello.h"
#include "vmm/cpuid.h"
#include "vmm/kvm.h"
#include "vmm/kvm_ioctls.h"

namespace mayfly::bench {
namespace {

constexpr std::size_t kSlotBytes = 128u << 20;
constexpr std::size_t kCopiedPages = 64;  // one sample is the mean of so many: a copy is shorter than a clock read
constexpr std::size_t kPage = 4096;

Result<double> create_vm(const vmm::Kvm& kvm) {
    const Stopwatch watch;
    const UniqueFd vm{MF_TRY(vmm::kvm_call(kvm.fd(), KVM_CREATE_VM, 0ul, "KVM_CREATE_VM"))};
    return watch.microseconds();
}

Result<double> create_vcpu(const vmm::Kvm& kvm) {
    const vmm::Cpuid cpuid = MF_TRY(vmm::Cpuid::supported(kvm));
    const UniqueFd vm{MF_TRY(vmm::kvm_call(kvm.fd(), KVM_CREATE_VM, 0ul, "KVM_CREATE_VM"))};
    const Stopwatch watch;
    const UniqueFd vcpu{MF_TRY(vmm::kvm_call(vm, KVM_CREATE_VCPU, 0ul, "KVM_CREATE_VCPU"))};
    const Mapping run = MF_TRY(Mapping::of(vcpu, kvm.run_bytes(), PROT_READ | PROT_WRITE, MAP_SHARED));
    MF_TRY(vmm::kvm_call(vcpu, vmm::kSetCpuid2, cpuid.kvm_table(), "KVM_SET_CPUID2"));
    return watch.microseconds();
}

Result<double> add_memory_slot(const vmm::Kvm& kvm) {
    const UniqueFd vm{MF_TRY(vmm::kvm_call(kvm.fd(), KVM_CREATE_VM, 0ul, "KVM_CREATE_VM"))};
    const Mapping memory = MF_TRY(Mapping::anonymous(kSlotBytes));
    kvm_userspace_memory_region region{};
    region.memory_size = memory.size();
    region.userspace_addr = reinterpret_cast<std::uintptr_t>(memory.data());  // KVM takes a number
    const Stopwatch watch;
    MF_TRY(vmm::kvm_call(vm, KVM_SET_USER_MEMORY_REGION, &region, "KVM_SET_USER_MEMORY_REGION"));
    return watch.microseconds();
}

Result<double> close_vm(const vmm::Kvm& kvm) {
    UniqueFd vm{MF_TRY(vmm::kvm_call(kvm.fd(), KVM_CREATE_VM, 0ul, "KVM_CREATE_VM"))};
    UniqueFd vcpu{MF_TRY(vmm::kvm_call(vm, KVM_CREATE_VCPU, 0ul, "KVM_CREATE_VCPU"))};
    const Stopwatch watch;
    vcpu.reset();
    vm.reset();
    return watch.microseconds();
}

// Both in the cache, as the pages a reset puts back are.
double copy_page(const Mapping& from, const Mapping& to) {
    const Stopwatch watch;
    for (std::size_t page = 0; page < kCopiedPages; ++page)
        std::memcpy(to.data() + page * kPage, from.data() + page * kPage, kPage);
    return watch.microseconds() / kCopiedPages;
}

// The embedded hello as a file that can be started, without a folder to put it in.
Result<UniqueFd> hello_program() {
    UniqueFd file{::memfd_create("hello", 0)};  // inherited: its path names our descriptor in the child too
    if (!file) return fail_errno(ErrorCode::io, "memfd_create");
    const auto bytes = bench_hello();
    if (::write(file.get(), bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size()))
        return fail_errno(ErrorCode::io, "writing a memfd");
    // A file that is open for writing can't be executed: a second, read-only descriptor takes its place.
    UniqueFd readable{::open(("/proc/self/fd/" + std::to_string(file.get())).c_str(), O_RDONLY)};
    if (!readable) return fail_errno(ErrorCode::io, "opening a memfd");
    return readable;
}

void add_kvm_rows(std::vector<Row>& rows, const vmm::Kvm& kvm, FloorGuest& guest) {
    rows.push_back({"vm_create", "KVM_CREATE_VM", false, 1, timed([&] { return create_vm(kvm); })});
    rows.push_back(
        {"vcpu_create", "KVM_CREATE_VCPU, its shared page, CPUID", false, 1, timed([&] { return create_vcpu(kvm); })});
    rows.push_back(
        {"memslot_add", "the first memory slot, 128 MiB", false, 1, timed([&] { return add_memory_slot(kvm); })});
    rows.push_back({"vm_close", "closing a vCPU and its VM", false, 1, timed([&] { return close_vm(kvm); })});
    rows.push_back(
        {"exit_ring3", "out of the guest's ring 3 and in again", false, 1, timed([&] { return guest.exit_once(); })});
    rows.push_back({"guest_fault", "first write to a 4 KiB guest page, host page present, KVM has no translation",
                    false, 1, timed([&] { return guest.fault_once(); })});
}

// Before each sample the row asks whether it is still wanted.
void make_stoppable(Row& row, const std::function<bool()>& stopped) {
    row.once = [once = std::move(row.once), &stopped]() -> Result<Sample> {
        if (stopped()) return fail(ErrorCode::unavailable, "interrupted");
        return once();
    };
}

}  // namespace

Result<Report> measure_floor(const FloorOptions& options) {
    Report report;
    report.title = "The floor of this host";
    report.machine = this_machine();

    std::vector<Row> rows;
    auto kvm = vmm::Kvm::open();
    std::unique_ptr<FloorGuest> guest;
    if (kvm) {
        guest = MF_TRY(FloorGuest::create(*kvm));
        add_kvm_rows(rows, *kvm, *guest);
    } else {
        report.notes.push_back("left out: all rows of KVM (" + kvm.error().message() + ")");
    }

    constexpr int kPresent = MAP_PRIVATE | MAP_POPULATE;
    const Mapping source = MF_TRY(Mapping::anonymous(kCopiedPages * kPage, kPresent));
    const Mapping target = MF_TRY(Mapping::anonymous(kCopiedPages * kPage, kPresent));
    rows.push_back({"page_copy", "copying 4 KiB that are in the cache", false, 1,
                    timed([&]() -> Result<double> { return copy_page(source, target); })});

    EchoProcess echo = MF_TRY(EchoProcess::start());
    rows.push_back({"socket_round_trip", "a packet to another process and back", false, 1,
                    timed([&] { return echo.round_trip(); })});

    const UniqueFd hello = MF_TRY(hello_program());
    const std::string hello_path = "/proc/self/fd/" + std::to_string(hello.get());
    rows.push_back({"spawn_static", "posix_spawn of a static program, to its end", false, 1,
                    timed([&] { return time_program({hello_path}); })});
    rows.push_back({"spawn_true", "posix_spawn of /bin/true, to its end", false, 1,
                    timed([] { return time_program({"/bin/true"}); })});

    if (options.stopped)
        for (Row& row : rows) make_stoppable(row, options.stopped);
    const MachineUse use;
    Measured measured = MF_TRY(measure_in_turns(rows, options.samples, options.progress));
    use.add_to(report.machine);
    report.series = std::move(measured.series);
    report.notes.insert(report.notes.end(), measured.notes.begin(), measured.notes.end());
    return report;
}

}  // namespace mayfly::bench
