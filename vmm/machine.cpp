#include "vmm/machine.h"

#include <sys/mman.h>

#include <vector>

#include "abi/layout.h"
#include "vmm/kernel_loader.h"
#include "vmm/kvm.h"
#include "vmm/pvm_cpuid.h"

namespace mayfly::vmm {
namespace {

Result<void> check_ram(std::span<std::byte> ram) {
    if (ram.size() < abi::kMinRamBytes || ram.size() > abi::kMaxRamBytes || ram.size() % abi::kLargePageSize != 0)
        return fail(ErrorCode::usage, "a microVM needs 32 MiB to 16 GiB of RAM, in steps of 2 MiB");
    return {};
}

// KVM hears of every change of protection of guest memory and forgets what leads there.
Result<void> touch_protection(HostRange memory, int without, int usual) {
    void* const start = reinterpret_cast<void*>(memory.address);  // mprotect(2) reads nothing there
    if (::mprotect(start, memory.bytes, without) != 0 || ::mprotect(start, memory.bytes, usual) != 0)
        return fail_errno(ErrorCode::io, "mprotect of guest memory");
    return {};
}

bool lies_in(std::uint64_t start, std::uint64_t bytes, std::uint64_t base, std::uint64_t size) {
    return start >= base && bytes <= size && start - base <= size - bytes;
}

}  // namespace

Result<Machine::Memory> Machine::make_memory(const MachineConfig& config, Exchange exchange) {
    auto read_only = MF_TRY(ReadOnlyMemory::create());
    ControlWriter control(read_only.control_page(), config.ram.size(), config.flags, config.tmp_limit_bytes);
    Memory memory{std::move(read_only), control, std::move(exchange)};
    for (const Image& image : config.images) MF_TRY(memory.add(image));
    memory.read_only.prefer_large_pages();
    return memory;
}

Result<void> Machine::Memory::add(const Image& image) {
    const GuestAddress base = MF_TRY(read_only.add(image));
    return control.add_window(base, image.bytes, image.mount_path);
}

Result<std::unique_ptr<Machine>> Machine::create(const Kvm& kvm, const MachineConfig& config, Exchange exchange) {
    MF_TRY(check_ram(config.ram));
    auto memory = MF_TRY(make_memory(config, std::move(exchange)));
    auto vm = MF_TRY(Vm::create(kvm));
    MF_TRY(vm.add_slot(GuestAddress{abi::kExchangeBase}, memory.exchange.where(), SlotAccess::read_write));
    const Slot read_only =
        MF_TRY(vm.add_slot(GuestAddress{abi::kControlBase},
                           host_range(memory.read_only.bytes_and_room(config.image_room)), SlotAccess::read_only));
    auto vcpu = MF_TRY(config.supported != nullptr ? Vcpu::create(kvm, vm, *config.supported)
                                                   : Vcpu::create(kvm, vm, MF_TRY(cpuid_for_microvms(kvm))));
    auto timer = MF_TRY(DeadlineTimer::create(vcpu.shared_area()));
    std::unique_ptr<Machine> machine(
        new Machine(config, std::move(memory), std::move(vm), read_only, std::move(vcpu), std::move(timer)));
    MF_TRY(machine->plugged_ram_.plug(PluggedRam::kFirstBytes));
    return machine;
}

Machine::Machine(const MachineConfig& config, Memory memory, Vm vm, Slot read_only_slot, Vcpu vcpu, DeadlineTimer timer)
    : ram_(config.ram),
      memory_(std::move(memory)),
      vm_(std::move(vm)),
      plugged_ram_(vm_, memory_.control, host_range(config.ram)),
      read_only_slot_(read_only_slot),
      vcpu_(std::move(vcpu)),
      timer_(std::move(timer)),
      clock_(vcpu_.tsc_khz()) {}

Result<void> Machine::add_image(const Image& image) {
    MF_TRY(memory_.add(image));
    const auto shown = memory_.read_only.bytes();
    if (shown.size() <= read_only_slot_.memory.bytes) return {};
    return vm_.grow_slot(read_only_slot_, host_range(shown));
}

Result<void> Machine::boot(std::span<const std::byte> kernel_elf) {
    std::vector<std::uint64_t> window_bytes;
    for (const abi::WindowInfo& window : memory_.control.windows()) window_bytes.push_back(window.bytes);
    return restore(MF_TRY(load_kernel(ram_, kernel_elf, window_bytes)), 0);
}

Result<void> Machine::restore(const CpuState& cpu, std::uint64_t monotonic_ns) {
    MF_TRY(plugged_ram_.plug(cpu.plugged_ram_bytes));
    MF_TRY(vcpu_.set_state(cpu));
    be_at(cpu, monotonic_ns);
    return {};
}

void Machine::be_at(const CpuState& cpu, std::uint64_t monotonic_ns) {
    origin_ = cpu;
    origin_ns_ = monotonic_ns;
    tick_period_ns_ = cpu.tick_period_ns;
    is_at_origin_ = true;
}

Stop Machine::run(const RunRequest& request) {
    if (auto prepared = prepare_run(request); !prepared) {
        Stop stop;
        stop.detail = prepared.error().message();
        return stop;
    }
    Stop stop =
        RunLoop({vcpu_, memory_.exchange, memory_.control, plugged_ram_, clock_, timer_}, request, tick_period_ns_)
            .run();
    if (stop.reason == StopReason::waiting) refuse_tampering(stop);
    tick_period_ns_ = stop.mailbox.tick_period_ns;
    return stop;
}

void Machine::refuse_tampering(Stop& stop) const {
    const std::string what = vcpu_.tampering();
    if (what.empty()) return;
    stop.reason = StopReason::crashed;
    stop.detail = "the guest changed " + what;
}

Result<void> Machine::prepare_run(const RunRequest& request) {
    if (exchange_needs_scrub_) MF_TRY(memory_.exchange.scrub(request.event.length));
    exchange_needs_scrub_ = false;
    memory_.exchange.set_log_length(0);
    // A microVM that waits at its snapshot has no time of its own.
    if (is_at_origin_)
        clock_.start_at(origin_ns_);
    else
        clock_.rebase();
    is_at_origin_ = false;
    return memory_.control.write_resume(clock_, guest_deadline(request.timeout_ns), request.event);
}

Result<CpuState> Machine::capture_cpu() {
    MF_TRY(vcpu_.complete_io());
    origin_ = vcpu_.state();
    origin_.tick_period_ns = tick_period_ns_;
    origin_.plugged_ram_bytes = plugged_ram_.bytes();
    origin_ns_ = clock_.now_ns();
    return origin_;
}

Result<Traces> Machine::reset_cpu() {
    const Traces traces = MF_TRY(vcpu_.go_back(origin_));
    exchange_needs_scrub_ = true;
    be_at(origin_, origin_ns_);
    return traces;
}

Result<void> Machine::drop_translations_to(GuestAddress start, std::uint64_t bytes) {
    const std::uint64_t first = value_of(start);
    if (const auto memory = ram_.where(start, bytes))
        return touch_protection(*memory, PROT_READ, PROT_READ | PROT_WRITE);
    const auto images = memory_.read_only.bytes().subspan(abi::kPageSize);
    if (lies_in(first, bytes, abi::kWindowBase, images.size()))
        return touch_protection(host_range(images.subspan(first - abi::kWindowBase, bytes)), PROT_NONE, PROT_READ);
    return drop_translations();
}

std::uint64_t Machine::guest_deadline(std::uint64_t timeout_ns) const {
    if (timeout_ns == 0 || timeout_ns > ~0ull - clock_.base_ns()) return 0;
    return clock_.base_ns() + timeout_ns;
}

}  // namespace mayfly::vmm
