// Serves control requests: the main loop of a microVM process.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "jail/jail.h"
#include "microvm/channel.h"
#include "microvm/control.pb.h"
#include "microvm/microvm.h"
#include "microvm/placement.h"

namespace mayfly::microvm {

class Server {
public:
    Server(Channel channel, std::span<const std::byte> kernel_elf)
        : channel_(std::move(channel)), kernel_elf_(kernel_elf) {}

    // Until the parent closes its end, or nothing can be sent or received any more.
    Result<void> serve();

private:
    Result<void> answer(const control::Request& request, std::vector<UniqueFd> descriptors);
    Result<void> prepare(const control::Prepare& request);
    Result<void> fork(const control::Fork& request, std::vector<UniqueFd> descriptors);
    Result<void> learn_of_kvm(const vmm::Kvm& kvm);
    Result<void> enter_jail();
    Result<void> start(const control::Start& request, std::vector<UniqueFd> descriptors);
    Result<void> restore(const control::Restore& request, std::vector<UniqueFd> descriptors);
    Result<void> run(const control::Run& request, std::vector<UniqueFd> descriptors);
    Result<void> capture(const control::Capture& request, const std::vector<UniqueFd>& descriptors);
    Result<void> send_output(abi::LogStream stream, std::span<const std::byte> text);

    Channel channel_;
    std::span<const std::byte> kernel_elf_;
    std::optional<jail::Jail> jail_;
    std::optional<snapshot::Pagemap> pagemap_;  // of a process in the jail, until it starts a microVM
    std::optional<vmm::Cpuid> supported_;       // what KVM said, asked at the first fork
    unsigned forks_ = 0;
    UniqueFd spare_vcpu_;  // of a process that others are forked from
    Placement placement_;
    std::unique_ptr<MicroVm> microvm_;
    bool may_be_captured_ = false;
    bool has_run_ = false;  // from the snapshot it has now
};

}  // namespace mayfly::microvm
