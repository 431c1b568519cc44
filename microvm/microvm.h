// One microVM as the control protocol sees it: RAM over its layers and the machine that runs in it.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/error.h"
#include "base/unique_fd.h"
#include "microvm/control.pb.h"
#include "microvm/table_watch.h"
#include "snapshot/layered_ram.h"
#include "vmm/machine.h"

namespace mayfly::microvm {

class MicroVm {
public:
    // Takes the descriptors of a Start message. kernel_elf is loaded at a cold boot; pagemap is of this process;
    // supported is what KVM said of the processor, or null if it was not asked yet.
    static Result<std::unique_ptr<MicroVm>> start(const control::Start& request, std::vector<UniqueFd> descriptors,
                                                  std::span<const std::byte> kernel_elf, snapshot::Pagemap pagemap,
                                                  const vmm::Cpuid* supported);

    // Once, after a start that expects it, and only as long as nothing ran that was not reset. After an Error the
    // microVM must not run.
    Result<void> restore(const control::Restore& request, std::vector<UniqueFd> descriptors);
    // An Error is a bad request: nothing ran.
    Result<void> run(const control::Run& request, std::vector<UniqueFd> descriptors, const vmm::LogVisitor& log_sink,
                     control::Stopped& stopped);
    // Puts vCPU and RAM back to the snapshot. After an Error the microVM must not run again.
    Result<void> reset(control::Clean& clean);
    // Writes RAM to a file.
    Result<void> capture(const control::Capture& request, const UniqueFd& file, control::Captured& captured);

    bool is_waiting() const { return is_waiting_; }

private:
    MicroVm(snapshot::LayeredRam ram, UniqueFd input) : ram_(std::move(ram)), input_(std::move(input)) {}
    Result<void> set_up(const control::Start& request, std::span<UniqueFd> descriptors,
                        std::span<const std::byte> kernel_elf, const vmm::Cpuid* supported);
    // Makes it wait at a snapshot whose memory is there. Of a Start and of a Restore.
    template <class Request>
    Result<void> restore_state(const Request& request);
    Result<void> drop(const StaleTranslations& stale);
    // Of what a Restore will most likely replace, after a rehearsal.
    Result<void> forget_replaced();
    Result<void> put_over(std::span<const snapshot::LayerSource> layers);
    std::uint64_t vmm_cpu_ns(const vmm::Stop& stop);
    Result<void> take_over(const control::Run& request, std::span<UniqueFd> descriptors);

    snapshot::LayeredRam ram_;  // outlives the machine that shows it to the guest
    UniqueFd input_;
    std::unique_ptr<vmm::Machine> machine_;
    std::optional<TableWatch> tables_;     // of the snapshot there is to reset to, if there is one
    std::vector<std::uint64_t> replaced_;  // addresses of pages that a Restore will most likely replace, sorted
    bool has_forgotten_replaced_ = false;  // KVM has no translation to these
    std::uint64_t cpu_seen_ns_ = 0;        // of the process, at the last stop
    bool expects_restore_ = false;
    bool is_used_ = false;     // it ran, and was not reset since
    bool is_waiting_ = false;  // the guest rests at its doorbell, or has not started yet
    bool is_lost_ = false;     // it crashed or was stopped: it must not run again
};

}  // namespace mayfly::microvm
