#include "jail/landlock.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cstdint>

#include "jail/host_support.h"

namespace mayfly::jail {
namespace {

// struct landlock_ruleset_attr as of ABI 6; Debian 12's headers know ABI 2.
struct RulesetAttributes {
    std::uint64_t handled_files;
    std::uint64_t handled_network;
    std::uint64_t scoped;
};

struct Abi {
    int version;
    std::uint64_t files;    // LANDLOCK_ACCESS_FS_*: bits 0 to …
    std::uint64_t network;  // bind and connect TCP
    std::uint64_t scoped;   // abstract sockets, signals
    std::size_t bytes;      // of the struct in that version
};
constexpr std::array<Abi, 5> kAbis = {{{1, (1 << 13) - 1, 0, 0, 8},
                                       {2, (1 << 14) - 1, 0, 0, 8},
                                       {3, (1 << 15) - 1, 0, 0, 8},
                                       {4, (1 << 15) - 1, 3, 0, 16},
                                       {6, (1 << 16) - 1, 3, 3, 24}}};

const Abi& best_abi(int version) {
    const Abi* best = kAbis.data();
    for (const Abi& abi : kAbis)
        if (abi.version <= version) best = &abi;
    return *best;
}

}  // namespace

Result<std::optional<Landlock>> Landlock::create() {
    const int version = landlock_version();
    if (version == 0) return std::optional<Landlock>{};
    const Abi& abi = best_abi(version);
    const RulesetAttributes attributes{abi.files, abi.network, abi.scoped};
    UniqueFd ruleset{static_cast<int>(::syscall(SYS_landlock_create_ruleset, &attributes, abi.bytes, 0))};
    if (!ruleset) return fail_errno(ErrorCode::unavailable, "landlock_create_ruleset");
    return std::optional<Landlock>{Landlock{std::move(ruleset)}};
}

Result<void> Landlock::enforce() const {
    if (::syscall(SYS_landlock_restrict_self, ruleset_.get(), 0) != 0)
        return fail_errno(ErrorCode::unavailable, "landlock_restrict_self");
    return {};
}

}  // namespace mayfly::jail
