// A machine whose guest runs whatever code it is given, and is put back afterwards.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <vector>

#include "base/unique_fd.h"
#include "guest_machine.h"
#include "tests/rounds.h"

namespace mayfly::test {

// What the guest runs_code knows.
enum HostileFlags : std::uint64_t {
    kAtCpl3 = 0,
    kInRing0 = 1,
    kFaultsGoBack = 2,
    kFaultsSkipTwoBytes = 4,
};

using Code = std::vector<std::uint8_t>;

class HostileGuestTest : public GuestTest {
protected:
    void SetUp() override;

    // From the state before any code ran.
    vmm::Stop run_code(std::uint64_t flags, const Code& code, std::chrono::nanoseconds timeout);
    // Takes the guest's state at its first wait as the one to go back to.
    void load_and_remember(const std::string& name);
    void put_back();
    void write_event(std::span<const std::byte> event);

private:
    struct Page {
        std::size_t offset;
        std::vector<std::byte> bytes;
    };
    std::vector<Page> pages_;  // of RAM, those that are not zero
    vmm::CpuState cpu_;
};

// What the kernel logs from here on, where that may be read.
class KernelLog {
public:
    KernelLog();
    // Lines that tell of something wrong in the kernel. KVM's PVM backend itself logs the triple faults of guests.
    std::vector<std::string> new_alarms() const;

private:
    UniqueFd log_;
};

}  // namespace mayfly::test
