// The functions that are measured.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mayfly::bench {

struct Workload {
    std::string name;
    std::string what;
    std::span<const std::byte> source;  // Python
    std::size_t size = 0;               // bytes its event or its work is made for; 0: it has one size only
    bool is_cpu_bound = false;          // inside and outside are compared
    std::size_t share = 1;              // as in Row
    std::uint32_t memory_mb = 128;
    std::string package = {};  // the Debian package that must be in the image, and on the host
    std::string module = {};   // what it provides
};

std::vector<Workload> workload_catalogue();

}  // namespace mayfly::bench
