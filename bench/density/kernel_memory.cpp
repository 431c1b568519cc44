#include "bench/density/kernel_memory.h"

#include <fstream>
#include <limits>
#include <string>

namespace mayfly::bench {

// proc(5), meminfo: all in KiB. SecPageTables are the page tables KVM keeps for guests.
KernelMemory kernel_memory() {
    KernelMemory memory;
    std::ifstream file("/proc/meminfo");
    std::uint64_t kilobytes = 0;
    for (std::string name; file >> name >> kilobytes;) {
        file.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
        if (name == "MemAvailable:") memory.available_bytes = kilobytes * 1024;
        for (const char* counted : {"Slab:", "KernelStack:", "PageTables:", "SecPageTables:", "Percpu:"})
            if (name == counted) memory.used_bytes += kilobytes * 1024;
    }
    return memory;
}

}  // namespace mayfly::bench
