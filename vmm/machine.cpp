#include "vmm/machine.h"

#include <sys/mman.h>
#include <sys/stat.h>

#include "abi/layout.h"
#include "vmm/kernel_loader.h"
#include "vmm/kvm.h"

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

Result<Window> Window::map(const UniqueFd& image, std::uint64_t bytes, std::string mount_path) {
    struct stat status {};
    if (::fstat(image.get(), &status) != 0) return fail_errno(ErrorCode::io, "fstat of an image");
    if (bytes == 0 || static_cast<std::uint64_t>(status.st_size) < bytes)
        return fail(ErrorCode::corrupt, "the image for " + mount_path + " is shorter than it should be");
    const std::uint64_t whole_pages = (bytes + abi::kPageSize - 1) / abi::kPageSize * abi::kPageSize;
    auto mapping = MF_TRY(Mapping::of(image, whole_pages, PROT_READ, MAP_SHARED));
    return Window{std::move(mapping), bytes, std::move(mount_path)};
}

Result<std::unique_ptr<Machine>> Machine::create(const Kvm& kvm, const MachineConfig& config, Exchange exchange) {
    MF_TRY(check_ram(config.ram));
    auto control = MF_TRY(ControlWriter::create(config.ram.size(), config.flags, config.tmp_limit_bytes));
    auto vm = MF_TRY(Vm::create(kvm));
    MF_TRY(vm.add_slot(GuestAddress{abi::kRamBase}, host_range(config.ram), SlotAccess::read_write));
    MF_TRY(vm.add_slot(GuestAddress{abi::kControlBase}, host_range(control.bytes()), SlotAccess::read_only));
    MF_TRY(vm.add_slot(GuestAddress{abi::kExchangeBase}, exchange.where(), SlotAccess::read_write));
    auto vcpu = MF_TRY(config.supported != nullptr ? Vcpu::create(kvm, vm, *config.supported)
                                                   : Vcpu::create(kvm, vm, MF_TRY(Cpuid::supported(kvm))));
    auto timer = MF_TRY(DeadlineTimer::create(vcpu.shared_area()));
    return std::unique_ptr<Machine>(
        new Machine(config, std::move(vm), std::move(vcpu), std::move(control), std::move(exchange), std::move(timer)));
}

Machine::Machine(const MachineConfig& config, Vm vm, Vcpu vcpu, ControlWriter control, Exchange exchange,
                 DeadlineTimer timer)
    : ram_(config.ram),
      control_(std::move(control)),
      exchange_(std::move(exchange)),
      vm_(std::move(vm)),
      vcpu_(std::move(vcpu)),
      timer_(std::move(timer)),
      clock_(vcpu_.tsc_khz()) {}

Result<void> Machine::add_window(Window window) {
    const auto index = static_cast<std::uint32_t>(windows_.size());
    MF_TRY(control_.add_window(window.bytes(), window.mount_path()));
    MF_TRY(vm_.add_slot(GuestAddress{abi::window_base(index)}, host_range(window.memory()), SlotAccess::read_only));
    windows_.push_back(std::move(window));
    return {};
}

Result<void> Machine::boot(std::span<const std::byte> kernel_elf) {
    std::vector<std::uint64_t> window_bytes;
    for (const Window& window : windows_) window_bytes.push_back(window.bytes());
    return restore(MF_TRY(load_kernel(ram_, kernel_elf, window_bytes)), 0);
}

Result<void> Machine::restore(const CpuState& cpu, std::uint64_t monotonic_ns) {
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
    Stop stop = RunLoop({vcpu_, exchange_, control_, clock_, timer_}, request, tick_period_ns_).run();
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
    if (exchange_needs_scrub_) MF_TRY(exchange_.scrub(request.event.length));
    exchange_needs_scrub_ = false;
    exchange_.set_log_length(0);
    // A microVM that waits at its snapshot has no time of its own.
    if (is_at_origin_)
        clock_.start_at(origin_ns_);
    else
        clock_.rebase();
    is_at_origin_ = false;
    return control_.write_resume(clock_, guest_deadline(request.timeout_ns), request.event);
}

Result<CpuState> Machine::capture_cpu() {
    MF_TRY(vcpu_.complete_io());
    origin_ = vcpu_.state();
    origin_.tick_period_ns = tick_period_ns_;
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
    for (std::uint32_t index = 0; index < windows_.size(); ++index) {
        const auto memory = windows_[index].memory();
        const std::uint64_t base = abi::window_base(index);
        if (lies_in(first, bytes, base, memory.size()))
            return touch_protection(host_range(memory.subspan(first - base, bytes)), PROT_NONE, PROT_READ);
    }
    return drop_translations();
}

std::uint64_t Machine::guest_deadline(std::uint64_t timeout_ns) const {
    if (timeout_ns == 0 || timeout_ns > ~0ull - clock_.base_ns()) return 0;
    return clock_.base_ns() + timeout_ns;
}

}  // namespace mayfly::vmm
