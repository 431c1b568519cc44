#include <map>

#include "rootfs-builder/alternatives.h"
#include "rootfs-builder/files.h"

namespace fs = std::filesystem;

namespace mayfly::rootfs {

Result<void> install_alternatives(const std::vector<Alternative>& candidates, const fs::path& tree) {
    std::map<std::string, Alternative> winners;  // by link, so that the order of packages does not matter
    for (const Alternative& candidate : candidates) {
        std::error_code error;
        if (!fs::exists(fs::symlink_status(tree / candidate.path.substr(1), error))) continue;
        const auto [at, is_new] = winners.try_emplace(candidate.link, candidate);
        const Alternative& best = at->second;
        if (!is_new &&
            (candidate.priority > best.priority || (candidate.priority == best.priority && candidate.path < best.path)))
            at->second = candidate;
    }
    for (const auto& [link, winner] : winners) {
        MF_TRY(make_link(tree / "etc/alternatives" / winner.name, winner.path));
        MF_TRY(make_link(tree / link.substr(1), fs::path("/etc/alternatives") / winner.name));
    }
    return {};
}

}  // namespace mayfly::rootfs
