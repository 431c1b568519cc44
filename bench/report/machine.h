// What a measurement was taken on: without it a number says nothing.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace mayfly::bench {

struct Machine {
    std::string cpu;
    unsigned cores = 0;
    std::uint64_t memory_bytes = 0;
    std::string kernel;
    std::string kvm_backend;
    std::string virtualization;  // "virtual machine" or "bare metal"
    std::string governor;        // of CPU 0; empty when the kernel does not say
    std::string mitigations;     // the hardware vulnerabilities that are mitigated, or "none"
    double load = 0;             // one-minute load average at the start
    std::string date;            // UTC, ISO 8601
    std::string version;
    std::string commit;
    // What MachineUse saw.
    double elapsed_seconds = 0;
    double busy_percent = 0;   // of all processors' time, whoever used it
    double steal_percent = 0;  // that the host of this virtual machine gave to others
};

Machine this_machine();

// How busy the machine was from here to the end of a measurement.
class MachineUse {
public:
    MachineUse();
    void add_to(Machine& machine) const;

private:
    struct Ticks {
        double total = 0;
        double idle = 0;
        double steal = 0;
    };
    static Ticks ticks();

    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
    Ticks before_;
};

}  // namespace mayfly::bench
