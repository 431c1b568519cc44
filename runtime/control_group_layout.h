// Where this process's control groups lie: version 1 (a hierarchy for each controller, or one for several),
// version 2 (one for all), and both at once. From what the kernel says in /proc/self; docs/design/0011.
#pragma once

#include <array>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace mayfly::runtime {

enum class Controller { memory, pids, cpu };
inline constexpr std::array<Controller, 3> kControllers{Controller::memory, Controller::pids, Controller::cpu};

std::string_view to_string(Controller controller);

// The folder of this process's group in one hierarchy.
struct GroupHierarchy {
    int version = 1;
    std::filesystem::path folder;
    std::vector<Controller> controllers;  // of ours; of version 2: which of them are there is in its files

    bool has(Controller controller) const;
    bool operator==(const GroupHierarchy&) const = default;
};

// Of the texts of /proc/self/cgroup and /proc/self/mountinfo. Hierarchies without a controller of ours, or that are
// not mounted where this process lies, are left out; of version 2 there is one at most.
std::vector<GroupHierarchy> parse_group_layout(std::string_view cgroup, std::string_view mountinfo);

// Of this process. Nothing when it has no control groups, or no /proc.
std::vector<GroupHierarchy> group_layout();

}  // namespace mayfly::runtime
