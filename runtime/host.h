// What an engine needs of the host to run microVMs, made when the first function or image is opened: an engine that
// only lists them works without KVM, and starts no process.
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
    static Result<std::unique_ptr<Host>> create(const AcceptedRisks& accepted);

    // Takes one that waits with the plan's base snapshot, if there is one.
    Result<Microvm> start(MicrovmPlan plan);
    ReadyPool& ready() { return ready_; }
    Result<void> keep_ready(ReadyBase base, std::size_t count);
    // incompatible, with the reason, when a snapshot can't be restored here.
    Result<void> check(const snapshot::Manifest& manifest) const;

    vmm::Backend backend() const { return backend_; }
    const snapshot::CpuFeatures& cpu_features() const { return cpu_features_; }
    // Names the program that microVMs run, and so the guest kernel that a snapshot holds.
    const std::string& build_id() const { return build_id_; }
    Spawner& spawner() { return *spawner_; }
    // What is weaker in the jail than it could be, once for each process that jails are made by.
    std::vector<std::string> take_weaknesses() { return zygote_.take_weaknesses(); }
    const ControlGroups& groups() const { return *groups_; }

private:
    Host(vmm::Kvm kvm, vmm::Backend backend, std::unique_ptr<Spawner> spawner, const AcceptedRisks& accepted,
         std::unique_ptr<ControlGroups> groups);

    vmm::Kvm kvm_;
    std::unique_ptr<ControlGroups> groups_;  // removed when the spawner has seen all processes end
    std::unique_ptr<Spawner> spawner_;
    Zygote zygote_;
    ReadyPool ready_{{zygote_, groups_.get()}};
    vmm::Backend backend_;
    snapshot::CpuFeatures cpu_features_;
    std::string build_id_;
};

}  // namespace mayfly::runtime
