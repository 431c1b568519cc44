#include "microvm/microvm.h"

#include <time.h>

#include <algorithm>
#include <utility>

#include "abi/control_page.h"
#include "base/monotonic_clock.h"
#include "microvm/messages.h"
#include "snapshot/capture.h"
#include "vmm/kvm.h"

namespace mayfly::microvm {
namespace {

// For the code of the function that a microVM that is ready will run. More would do too, at the cost of a new slot.
constexpr std::uint64_t kRoomForCode = 32ull << 20;

// Hands out the descriptors of a message in their order.
class DescriptorQueue {
public:
    explicit DescriptorQueue(std::span<UniqueFd> descriptors) : rest_(descriptors) {}

    Result<UniqueFd> next(std::string_view what) {
        if (rest_.empty()) return fail(ErrorCode::usage, "no descriptor came for " + std::string(what));
        UniqueFd taken = std::move(rest_.front());
        rest_ = rest_.subspan(1);
        return taken;
    }
    std::span<UniqueFd> rest() const { return rest_; }

private:
    std::span<UniqueFd> rest_;
};

// Descriptors in control.proto's order: kvm, exchange, windows, layers, input.
std::size_t expected_descriptors(const control::Start& request) {
    return 2 + static_cast<std::size_t>(request.windows_size()) + static_cast<std::size_t>(request.layers_size()) +
           (request.has_input() ? 1 : 0);
}

// What a Start and a Restore have in common.
template <class Request>
std::span<const std::uint64_t> table_frames(const Request& request) {
    const auto& frames = request.page_table_frames();
    return {frames.data(), static_cast<std::size_t>(frames.size())};
}

template <class Request>
std::span<const std::uint32_t> working_set(const Request& request) {
    const auto& pages = request.working_set();
    return {pages.data(), static_cast<std::size_t>(pages.size())};
}

// As addresses, ascending.
std::vector<std::uint64_t> replaced_pages(const control::Start& request, std::uint64_t ram_bytes) {
    std::vector<std::uint64_t> pages;
    for (const std::uint32_t number : request.replaced_pages())
        if (number < ram_bytes / abi::kPageSize) pages.push_back(std::uint64_t{number} * abi::kPageSize);
    std::sort(pages.begin(), pages.end());
    return pages;
}

template <class Request>
std::vector<snapshot::LayerSource> layer_sources(const Request& request, std::span<const UniqueFd> files) {
    std::vector<snapshot::LayerSource> layers;
    for (const control::Layer& layer : request.layers())
        layers.push_back({files[layers.size()].get(), from_message(layer)});
    return layers;
}

Result<snapshot::LayeredRam> make_ram(const control::Start& request, std::span<const UniqueFd> files,
                                      snapshot::Pagemap pagemap) {
    return snapshot::LayeredRam::create(request.ram_bytes(), request.ram_bytes(), layer_sources(request, files),
                                        std::move(pagemap));
}

// The control page has 32 bits for it.
template <class Request>
std::uint32_t tmp_limit(const Request& request) {
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(request.tmp_limit_bytes(), 0xffff'f000));
}

// Of a request: one for each of its windows, from the descriptors that came for them.
std::vector<vmm::Image> images_of(const google::protobuf::RepeatedPtrField<control::Window>& windows,
                                  std::span<const UniqueFd> files) {
    std::vector<vmm::Image> images;
    for (const control::Window& window : windows)
        images.push_back({files[images.size()].get(), window.bytes(), window.mount_path()});
    return images;
}

void report_replaced(std::span<const std::uint64_t> pages, control::Captured& captured) {
    if (pages.size() > snapshot::kMaxWorkingSet) return;
    for (const std::uint64_t page : pages)
        captured.add_replaced_pages(static_cast<std::uint32_t>(page / abi::kPageSize));
}

std::uint64_t process_cpu_ns() {
    timespec time{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(time.tv_nsec);
}

std::uint32_t control_flags(const control::Start& request) {
    return (request.trace_syscalls() ? abi::kTraceSyscalls : 0u) | (request.has_input() ? abi::kInputIsOpen : 0u);
}

}  // namespace

Result<std::unique_ptr<MicroVm>> MicroVm::start(const control::Start& request, std::vector<UniqueFd> descriptors,
                                                std::span<const std::byte> kernel_elf, snapshot::Pagemap pagemap,
                                                const vmm::Cpuid* supported) {
    if (descriptors.size() != expected_descriptors(request))
        return fail(ErrorCode::usage, "a start came with " + std::to_string(descriptors.size()) +
                                          " descriptors instead of " + std::to_string(expected_descriptors(request)));
    if (request.ram_bytes() < abi::kMinRamBytes || request.ram_bytes() > abi::kMaxRamBytes)
        return fail(ErrorCode::usage, "a microVM needs 32 MiB to 16 GiB of RAM");

    const auto layer_files = std::span(descriptors)
                                 .subspan(2 + static_cast<std::size_t>(request.windows_size()),
                                          static_cast<std::size_t>(request.layers_size()));
    auto ram = MF_TRY(make_ram(request, layer_files, std::move(pagemap)));
    MF_TRY(ram.make_private(working_set(request)));
    UniqueFd input = request.has_input() ? std::move(descriptors.back()) : UniqueFd{};
    std::unique_ptr<MicroVm> microvm(new MicroVm(std::move(ram), std::move(input)));
    MF_TRY(microvm->set_up(request, descriptors, kernel_elf, supported));
    return microvm;
}

Result<void> MicroVm::set_up(const control::Start& request, std::span<UniqueFd> descriptors,
                             std::span<const std::byte> kernel_elf, const vmm::Cpuid* supported) {
    DescriptorQueue queue(descriptors);
    const auto kvm = MF_TRY(vmm::Kvm::adopt(MF_TRY(queue.next("/dev/kvm"))));
    auto exchange = MF_TRY(vmm::Exchange::adopt(MF_TRY(queue.next("the exchange area"))));
    const auto images = images_of(request.windows(), queue.rest());
    expects_restore_ = request.expects_restore();
    replaced_ = replaced_pages(request, ram_.bytes().size());
    const vmm::MachineConfig config{ram_.bytes(),
                                    control_flags(request),
                                    tmp_limit(request),
                                    supported,
                                    images,
                                    expects_restore_ ? kRoomForCode : 0};
    machine_ = MF_TRY(vmm::Machine::create(kvm, config, std::move(exchange)));
    if (request.has_cpu()) return restore_state(request);
    if (expects_restore_) return {};
    is_waiting_ = true;
    return machine_->boot(kernel_elf);
}

template <class Request>
Result<void> MicroVm::restore_state(const Request& request) {
    const auto cpu = MF_TRY(from_message(request.cpu()));
    tables_ = TableWatch::of_snapshot(ram_, table_frames(request), cpu.cr3);
    MF_TRY(machine_->restore(cpu, request.monotonic_ns()));
    is_waiting_ = true;
    return {};
}

Result<void> MicroVm::restore(const control::Restore& request, std::vector<UniqueFd> descriptors) {
    const std::span files(descriptors);
    const auto windows = static_cast<std::size_t>(request.windows_size());
    if (!expects_restore_ || is_used_ || is_lost_) return fail(ErrorCode::usage, "this microVM waits for no snapshot");
    if (descriptors.size() != windows + static_cast<std::size_t>(request.layers_size()))
        return fail(ErrorCode::usage, "a restore needs one descriptor for each image and layer");
    expects_restore_ = is_waiting_ = false;
    for (const vmm::Image& image : images_of(request.windows(), files)) MF_TRY(machine_->add_image(image));
    machine_->prefer_large_pages();
    MF_TRY(put_over(layer_sources(request, files.subspan(windows))));
    MF_TRY(ram_.make_private(working_set(request)));
    machine_->set_tmp_limit_bytes(tmp_limit(request));
    machine_->set_ram_bytes(ram_.bytes().size());
    return restore_state(request);
}

// Over what a rehearsal left: KVM still translates as the tables below say, where they still say so.
Result<void> MicroVm::put_over(std::span<const snapshot::LayerSource> layers) {
    const std::size_t below = ram_.layers();
    MF_TRY(ram_.add_layers(layers));
    if (!tables_) return {};
    const std::span<const std::uint64_t> forgotten(replaced_);
    const StaleTranslations stale =
        tables_->find_covered(ram_, below, has_forgotten_replaced_ ? forgotten : forgotten.first(0));
    if (stale.all) return machine_->drop_translations();
    for (const GuestRange& range : stale.to) {
        const bool is_ram = range.start + range.bytes <= ram_.bytes().size();
        MF_TRY(is_ram ? ram_.give_back(range.start, range.bytes)
                      : machine_->drop_translations_to(vmm::GuestAddress{range.start}, range.bytes));
    }
    return {};
}

Result<void> MicroVm::take_over(const control::Run& request, std::span<UniqueFd> descriptors) {
    if (is_lost_ || !is_waiting_) return fail(ErrorCode::usage, "this microVM can't run again");
    const bool is_warm_up = request.event() == control::EVENT_REHEARSE || request.event() == control::EVENT_TOUCH;
    if (expects_restore_ && !is_warm_up)
        return fail(ErrorCode::usage, "a microVM that waits for a function's snapshot runs nothing but rehearsals");
    if (request.event_length() > abi::kMaxPayloadBytes) return fail(ErrorCode::too_large, "the event is over 6 MiB");
    if (request.ram_bytes() > ram_.bytes().size())
        return fail(ErrorCode::usage, "a run can't give a microVM more RAM than it was started with");
    if (descriptors.size() != static_cast<std::size_t>(request.new_windows_size()))
        return fail(ErrorCode::usage, "a run needs one descriptor for each new image");
    for (const vmm::Image& image : images_of(request.new_windows(), descriptors)) MF_TRY(machine_->add_image(image));
    if (request.ram_bytes() != 0) machine_->set_ram_bytes(request.ram_bytes());
    return {};
}

Result<void> MicroVm::run(const control::Run& request, std::vector<UniqueFd> descriptors,
                          const vmm::LogVisitor& log_sink, control::Stopped& stopped) {
    MF_TRY(take_over(request, descriptors));
    vmm::RunRequest run;
    run.event = {MF_TRY(from_message(request.event())), request.event_length(), request.request_id()};
    run.timeout_ns = request.timeout_ns();
    run.cpu_time_ns = request.cpu_time_ns();
    run.log_limit_bytes = request.log_limit_bytes();
    if (request.stream_output()) run.log_sink = log_sink;
    run.input_fd = input_ ? input_.get() : -1;

    is_used_ = true;
    has_forgotten_replaced_ = false;
    const vmm::Stop stop = machine_->run(run);
    is_waiting_ = stop.reason == vmm::StopReason::waiting;
    is_lost_ = !is_waiting_;
    to_message(stop, stopped);
    if (auto found = ram_.find_private_pages(); !found) is_lost_ = true;
    stopped.mutable_counters()->set_private_pages(ram_.private_pages());
    stopped.mutable_counters()->set_vmm_cpu_ns(vmm_cpu_ns(stop));
    if (request.report_written() && ram_.private_pages() <= snapshot::kMaxWorkingSet) {
        const auto pages = ram_.private_page_numbers();
        stopped.mutable_written_pages()->Assign(pages.begin(), pages.end());
    }
    return {};
}

std::uint64_t MicroVm::vmm_cpu_ns(const vmm::Stop& stop) {
    const std::uint64_t seen = std::exchange(cpu_seen_ns_, process_cpu_ns());
    const std::uint64_t all = cpu_seen_ns_ - seen;
    return all - std::min(stop.counters.cpu_ns, all);
}

Result<void> MicroVm::reset(control::Clean& clean) {
    if (!tables_ || !is_waiting_ || is_lost_) return fail(ErrorCode::usage, "this microVM has nothing to reset to");
    const std::uint64_t start = monotonic_ns();
    is_lost_ = true;  // until it is done
    const vmm::Traces traces = MF_TRY(machine_->reset_cpu());
    MF_TRY(ram_.find_private_pages());
    const StaleTranslations stale = traces.translations ? tables_->find(ram_) : StaleTranslations{};
    const std::uint64_t pages_copied = MF_TRY(ram_.reset());
    MF_TRY(drop(stale));
    if (expects_restore_) MF_TRY(forget_replaced());
    is_lost_ = is_used_ = false;
    clean.set_reset_ns(monotonic_ns() - start);
    clean.set_pages_copied(pages_copied);
    clean.set_translations_dropped(stale.all);
    return {};
}

Result<void> MicroVm::drop(const StaleTranslations& stale) {
    if (stale.all) return machine_->drop_translations();
    for (const GuestRange& range : stale.to)
        MF_TRY(machine_->drop_translations_to(vmm::GuestAddress{range.start}, range.bytes));
    return {};
}

Result<void> MicroVm::forget_replaced() {
    for (const GuestRange& range : to_ranges(replaced_)) MF_TRY(ram_.give_back(range.start, range.bytes));
    has_forgotten_replaced_ = true;
    return {};
}

Result<void> MicroVm::capture(const control::Capture& request, const UniqueFd& file, control::Captured& captured) {
    if (!is_waiting_ || is_lost_)
        return fail(ErrorCode::usage, "only a microVM that waits for an event can be captured");
    const vmm::CpuState cpu = MF_TRY(machine_->capture_cpu());
    captured.set_monotonic_ns(machine_->guest_monotonic_ns());
    MF_TRY(ram_.find_private_pages());
    if (tables_) report_replaced(tables_->find_replaced(ram_), captured);
    tables_.reset();  // RAM and registers would go back to different moments
    const auto memory = MF_TRY(snapshot::capture_memory(ram_, file.get(), request.only_changed(), cpu.cr3));
    to_message(cpu, *captured.mutable_cpu());
    to_message(memory.extents, *captured.mutable_layer());
    captured.mutable_page_table_frames()->Assign(memory.page_table_frames.begin(), memory.page_table_frames.end());
    captured.set_ram_bytes(ram_.bytes().size());
    return {};
}

}  // namespace mayfly::microvm
