// What a measurement was taken on: without it a number says nothing.
#pragma once

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
};

Machine this_machine();

}  // namespace mayfly::bench
