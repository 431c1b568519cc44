// What an engine needs of the host to run microVMs, made when the first one is wanted: an engine that
// only lists functions works without KVM.
#pragma once

#include <memory>
#include <string>

#include "base/error.h"
#include "runtime/control_group.h"
#include "runtime/microvm.h"
#include "runtime/ready_pool.h"
#include "runtime/spawner.h"
#include "runtime/zygote.h"
#include "snapshot/cpu_features.h"
#include "vmm/backend.h"
#include "vmm/kvm.h"

namespace mayfly::runtime {

class Host {
public:
    // Without `needs_groups`, limits that need control groups are left out where there are none.
    static Result<std::unique_ptr<Host>> create(bool needs_groups);

    // Takes one that waits with the plan's base snapshot, if there is one.
    Result<Microvm> start(MicrovmPlan plan);
    Result<void> keep_ready(ReadyBase base, std::size_t count);
    // incompatible, with the reason, when a snapshot can't be restored here.
    Result<void> check(const snapshot::Manifest& manifest) const;

    vmm::Backend backend() const { return backend_; }
    const snapshot::CpuFeatures& cpu_features() const { return cpu_features_; }
    // Names the program that microVMs run, and so the guest kernel that a snapshot holds.
    const std::string& build_id() const { return build_id_; }
    Spawner& spawner() { return *spawner_; }
    const ControlGroups& groups() const { return *groups_; }

private:
    Host(vmm::Kvm kvm, vmm::Backend backend, std::unique_ptr<Spawner> spawner, std::unique_ptr<ControlGroups> groups);

    vmm::Kvm kvm_;
    std::unique_ptr<ControlGroups> groups_;  // removed when the spawner has seen all processes end
    std::unique_ptr<Spawner> spawner_;
    Zygote zygote_{*spawner_};
    ReadyPool ready_{{zygote_, groups_.get()}};
    vmm::Backend backend_;
    snapshot::CpuFeatures cpu_features_;
    std::string build_id_;
};

}  // namespace mayfly::runtime
