#include "runtime/jail_checks.h"

#include <unistd.h>

#include "jail/host_support.h"

namespace mayfly::runtime {
namespace {

Check namespaces() {
    const auto tried = jail::try_namespaces();
    if (tried) return {"namespaces", CheckStatus::ok, "can be made", {}};
    return {"namespaces", CheckStatus::missing, tried.error().message(), jail::kHowToAllowNamespaces};
}

Check ids() {
    if (::geteuid() != 0)
        return {"user ids",
                CheckStatus::ok,
                "all microVM processes have this user's; only root can give them own ones",
                {}};
    if (jail::may_map_ids())
        return {"user ids", CheckStatus::ok, "one for each microVM process, of " + jail::id_range(), {}};
    return {"user ids", CheckStatus::missing, "this root may not map " + jail::id_range(),
            "give the container those ids, run as an ordinary user, or use --insecure-no-unique-ids"};
}

Check system_calls() {
    if (jail::has_seccomp()) return {"system call filters", CheckStatus::ok, "seccomp", {}};
    return {"system call filters", CheckStatus::missing, "none",
            "use a kernel with CONFIG_SECCOMP_FILTER, or --insecure-no-seccomp"};
}

Check landlock() {
    const int version = jail::landlock_version();
    if (version > 0) return {"Landlock", CheckStatus::ok, "ABI version " + std::to_string(version), {}};
    return {"Landlock", CheckStatus::warning, "none",
            "use Linux 5.13 or later with lsm=landlock to have one more wall around files"};
}

}  // namespace

std::vector<Check> jail_checks() { return {namespaces(), ids(), system_calls(), landlock()}; }

}  // namespace mayfly::runtime
