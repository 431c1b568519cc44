// A machine with one of the test guests in it.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/mapping.h"
#include "vmm/kvm.h"
#include "vmm/machine.h"

namespace mayfly::test {

class GuestTest : public testing::Test {
protected:
    // Skips where there is no KVM, unless MAYFLY_REQUIRE_KVM=1.
    void SetUp() override;

    // Of the machines that follow; 32 MiB without it.
    void set_ram_bytes(std::size_t bytes) { ram_bytes_ = bytes; }
    // Loads tests/guests/<name>.S and makes a machine of it, with these images. Fails the test if that fails.
    void load(const std::string& name, std::span<const vmm::Image> images = {});

    // Runs until it stops, ten seconds at most, so that a hang is an ordinary failure.
    vmm::Stop run(abi::EventKind kind = abi::EventKind::invoke,
                  std::chrono::nanoseconds timeout = std::chrono::seconds(10));
    vmm::Stop run(const vmm::RunRequest& request) { return machine_->run(request); }
    vmm::Stop load_and_run(const std::string& name);

    std::uint64_t reply_word(std::size_t index) const;
    vmm::Machine& machine() { return *machine_; }
    const vmm::Kvm& kvm() const { return *kvm_; }
    std::span<std::byte> ram() const { return ram_.bytes(); }
    // As the guest sees it.
    std::span<std::byte> exchange() const { return exchange_.bytes(); }

private:
    std::size_t ram_bytes_ = 32 << 20;
    Mapping ram_;
    Mapping exchange_;
    std::optional<vmm::Kvm> kvm_;
    std::unique_ptr<vmm::Machine> machine_;
};

}  // namespace mayfly::test
