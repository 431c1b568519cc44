// What this process and those it started have right now.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <sys/types.h>

namespace mayfly::bench {

enum class Zombies { left_out, counted };  // processes that have ended, but whose parent has not asked how

// This process and all below it.
std::vector<pid_t> process_tree(Zombies zombies);

struct ProcessUse {
    std::size_t processes = 0;
    std::size_t descriptors = 0;
    std::uint64_t pss_bytes = 0;  // memory, what is shared counted in part (proc(5), smaps_rollup)
    // Of it what no file holds. It does not grow when another program that has the same file mapped ends.
    std::uint64_t pss_without_files_bytes = 0;
};

ProcessUse use_of(const std::vector<pid_t>& processes);

}  // namespace mayfly::bench
