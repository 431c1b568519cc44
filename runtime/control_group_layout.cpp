#include "runtime/control_group_layout.h"

#include <algorithm>
#include <optional>
#include <sstream>

#include "snapshot/durable_file.h"

namespace mayfly::runtime {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostBytes = 4 << 20;  // of mountinfo, where there are thousands of mounts

std::vector<std::string> split(std::string_view text, char separator) {
    std::vector<std::string> parts;
    std::istringstream stream{std::string(text)};
    for (std::string part; std::getline(stream, part, separator);) parts.push_back(part);
    return parts;
}

// proc(5): mountinfo writes blanks and backslashes as octal numbers.
std::string unescape(std::string_view text) {
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '\\' || i + 3 >= text.size()) {
            plain += text[i];
            continue;
        }
        plain += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0'));
        i += 3;
    }
    return plain;
}

// cgroups(7): "number:controllers:path", the controllers empty for version 2.
struct Membership {
    std::vector<std::string> controllers;
    fs::path path;
    bool is_version_2() const { return controllers.empty(); }
};

std::vector<Membership> parse_memberships(std::string_view cgroup) {
    std::vector<Membership> memberships;
    for (const std::string& line : split(cgroup, '\n')) {
        const std::size_t first = line.find(':');
        const std::size_t second = first == std::string::npos ? first : line.find(':', first + 1);
        if (second == std::string::npos) continue;
        memberships.push_back({split(line.substr(first + 1, second - first - 1), ','), line.substr(second + 1)});
    }
    return memberships;
}

struct Mount {
    int version = 1;
    std::string root;  // the group that is seen at `point`
    std::string point;
    std::vector<std::string> options;
};

// proc(5): "id parent device root point options [tags] - type source super-options"
std::optional<Mount> parse_mount(const std::string& line) {
    const std::vector<std::string> words = split(line, ' ');
    const auto dash = std::find(words.begin(), words.end(), "-");
    if (words.size() < 6 || std::distance(dash, words.end()) < 4) return std::nullopt;
    if (dash[1] != "cgroup" && dash[1] != "cgroup2") return std::nullopt;
    return Mount{dash[1] == "cgroup2" ? 2 : 1, unescape(words[3]), unescape(words[4]), split(dash[3], ',')};
}

// Where `path` is seen through the mount, if it is: in a container its root may be below that of the host.
std::optional<fs::path> folder_of(const fs::path& path, const Mount& mount) {
    const fs::path relative = path.lexically_relative(mount.root);
    if (relative.empty() || *relative.begin() == "..") return std::nullopt;
    return relative == "." ? fs::path(mount.point) : fs::path(mount.point) / relative;
}

std::vector<Controller> known(const std::vector<std::string>& names) {
    std::vector<Controller> controllers;
    for (const Controller controller : kControllers)
        if (std::find(names.begin(), names.end(), to_string(controller)) != names.end())
            controllers.push_back(controller);
    return controllers;
}

bool shows(const Mount& mount, const Membership& membership) {
    if (membership.is_version_2() || mount.version == 2) return membership.is_version_2() && mount.version == 2;
    return std::all_of(membership.controllers.begin(), membership.controllers.end(), [&](const std::string& name) {
        return std::find(mount.options.begin(), mount.options.end(), name) != mount.options.end();
    });
}

// Empty when it can't be read: then this process has no group that could be used.
std::string read_text(const char* path) {
    auto text = snapshot::read_file(path, kMostBytes);
    return text ? *std::move(text) : std::string();
}

}  // namespace

std::string_view to_string(Controller controller) {
    switch (controller) {
    case Controller::memory: return "memory";
    case Controller::pids: return "pids";
    case Controller::cpu: return "cpu";
    }
    return "unknown";
}

bool GroupHierarchy::has(Controller controller) const {
    return std::find(controllers.begin(), controllers.end(), controller) != controllers.end();
}

std::vector<GroupHierarchy> parse_group_layout(std::string_view cgroup, std::string_view mountinfo) {
    std::vector<Mount> mounts;
    for (const std::string& line : split(mountinfo, '\n'))
        if (auto mount = parse_mount(line)) mounts.push_back(*std::move(mount));

    std::vector<GroupHierarchy> hierarchies;
    for (const Membership& membership : parse_memberships(cgroup)) {
        const std::vector<Controller> controllers = known(membership.controllers);
        if (controllers.empty() && !membership.is_version_2()) continue;
        for (const Mount& mount : mounts) {
            const auto folder = shows(mount, membership) ? folder_of(membership.path, mount) : std::nullopt;
            if (!folder) continue;
            hierarchies.push_back({mount.version, *folder, controllers});
            break;
        }
    }
    return hierarchies;
}

std::vector<GroupHierarchy> group_layout() {
    return parse_group_layout(read_text("/proc/self/cgroup"), read_text("/proc/self/mountinfo"));
}

}  // namespace mayfly::runtime
