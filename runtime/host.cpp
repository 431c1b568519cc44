#include "runtime/host.h"

#include "embedded/microvm_binary.h"
#include "snapshot/digest.h"
#include "vmm/capabilities.h"

namespace mayfly::runtime {

Host::Host(vmm::Kvm kvm, vmm::Backend backend, std::unique_ptr<Spawner> spawner, const AcceptedRisks& accepted,
           std::unique_ptr<ControlGroups> groups)
    : kvm_(std::move(kvm)),
      groups_(std::move(groups)),
      spawner_(std::move(spawner)),
      zygote_(*spawner_, accepted),
      backend_(backend),
      cpu_features_(snapshot::CpuFeatures::of_host()),
      build_id_(std::to_string(snapshot::xxh3(microvm_binary()))) {}

Result<std::unique_ptr<Host>> Host::create(const AcceptedRisks& accepted) {
    vmm::Kvm kvm = MF_TRY(vmm::Kvm::open());
    MF_TRY(vmm::require_capabilities(kvm));
    const vmm::Backend backend = MF_TRY(vmm::detect_backend(kvm));
    auto spawner = MF_TRY(Spawner::create(microvm_binary()));
    auto groups = ControlGroups::open(group_layout(), !accepted.no_cgroup);
    std::unique_ptr<Host> host(new Host(std::move(kvm), backend, std::move(spawner), accepted, std::move(groups)));
    host->zygote_.start_ahead();  // while images and functions are opened
    return host;
}

Result<Microvm> Host::start(MicrovmPlan plan) {
    plan.kvm = kvm_.fd().get();
    if (plan.base && !plan.trace_syscalls && plan.cpu_share == 0) {
        auto ready = ready_.take(plan);
        if (ready && ready->restore(plan)) return std::move(*ready);
    }
    return Microvm::start({zygote_, groups_.get()}, plan);
}

Result<void> Host::keep_ready(ReadyBase base, std::size_t count) {
    base.plan.kvm = kvm_.fd().get();
    return ready_.keep(std::move(base), count);
}

Result<void> Host::check(const snapshot::Manifest& manifest) const {
    MF_TRY(snapshot::check_compatible(manifest, backend_, cpu_features_));
    if (manifest.build_id != build_id_)
        return fail(ErrorCode::incompatible, "the snapshot holds the guest kernel of another build of Mayfly");
    return {};
}

}  // namespace mayfly::runtime
