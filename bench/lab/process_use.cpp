#include "bench/lab/process_use.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>

namespace mayfly::bench {
namespace {

namespace fs = std::filesystem;

struct Status {
    char state = 0;  // 'Z': a zombie
    pid_t parent = 0;
};

// The name may hold anything: what follows its last ")" is " state parent". All zero when the process is gone.
Status status_of(const fs::path& process) {
    std::ifstream file(process / "stat");
    std::string line;
    std::getline(file, line);
    const auto end = line.rfind(')');
    if (end == std::string::npos || end + 4 > line.size()) return {};
    return {line[end + 2], std::atoi(line.c_str() + end + 4)};
}

std::multimap<pid_t, pid_t> children_by_parent(Zombies zombies) {
    std::multimap<pid_t, pid_t> children;
    std::error_code code;
    for (const auto& entry : fs::directory_iterator("/proc", code)) {
        const pid_t pid = std::atoi(entry.path().filename().c_str());
        if (pid <= 0) continue;
        const Status status = status_of(entry.path());
        if (status.state != 'Z' || zombies == Zombies::counted) children.emplace(status.parent, pid);
    }
    return children;
}

// In bytes, by their names in smaps_rollup of proc(5).
std::map<std::string, std::uint64_t> memory_of(const fs::path& process) {
    std::ifstream file(process / "smaps_rollup");
    std::map<std::string, std::uint64_t> sizes;
    std::string line;
    std::getline(file, line);  // the range of addresses
    for (std::string name, unit; file >> name;) {
        std::uint64_t kilobytes = 0;
        file >> kilobytes >> unit;
        sizes[name] = kilobytes * 1024;
    }
    return sizes;
}

std::size_t entries_in(const fs::path& folder) {
    std::error_code code;
    const fs::directory_iterator first(folder, code);
    return code ? 0 : static_cast<std::size_t>(std::distance(fs::begin(first), fs::end(first)));
}

}  // namespace

std::vector<pid_t> process_tree(Zombies zombies) {
    const auto children = children_by_parent(zombies);
    std::vector<pid_t> tree{::getpid()};
    for (std::size_t index = 0; index < tree.size(); ++index) {
        const auto [first, last] = children.equal_range(tree[index]);
        std::transform(first, last, std::back_inserter(tree), [](const auto& entry) { return entry.second; });
    }
    return tree;
}

ProcessUse use_of(const std::vector<pid_t>& processes) {
    ProcessUse use;
    for (const pid_t pid : processes) {
        const fs::path process = "/proc/" + std::to_string(pid);
        use.processes += 1;
        use.descriptors += entries_in(process / "fd");
        auto memory = memory_of(process);
        use.pss_bytes += memory["Pss:"];
        use.pss_without_files_bytes += memory["Pss_Anon:"] + memory["Pss_Shmem:"];
    }
    return use;
}

}  // namespace mayfly::bench
