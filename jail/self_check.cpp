#include "jail/self_check.h"

#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string>

#include "jail/identity.h"
#include "jail/resource_limits.h"

namespace mayfly::jail {
namespace {

Unexpected<Error> is_open(std::string_view what) {
    return fail(ErrorCode::internal, "the jail is open: " + std::string(what));
}

// The value of a line of /proc/PID/status (proc_pid_status(5)), without the spaces around it.
std::string_view value_of(std::string_view status, std::string_view key) {
    std::size_t at = 0;
    while (at < status.size()) {
        const std::size_t end = std::min(status.find('\n', at), status.size());
        std::string_view line = status.substr(at, end - at);
        at = end + 1;
        if (!line.starts_with(key) || line.substr(key.size(), 1) != ":") continue;
        line.remove_prefix(key.size() + 1);
        const std::size_t first = line.find_first_not_of(" \t");
        if (first == line.npos) return {};
        return line.substr(first, line.find_last_not_of(" \t") - first + 1);
    }
    return "absent";
}

bool all_are(std::string_view numbers, const std::string& wanted) {
    for (std::size_t at = 0; at < numbers.size();) {
        const std::size_t end = std::min(numbers.find_first_of(" \t", at), numbers.size());
        if (numbers.substr(at, end - at) != wanted) return false;
        at = end + 1;
    }
    return !numbers.empty();
}

Result<void> check_ids(std::string_view status, const Expected& expected) {
    if (expected.id == kOwnId) return {};
    const std::string id = std::to_string(expected.id);
    if (!all_are(value_of(status, "Uid"), id)) return is_open("a user id is not the process's own");
    if (!all_are(value_of(status, "Gid"), id)) return is_open("a group id is not the process's own");
    if (!value_of(status, "Groups").empty()) return is_open("it is in further groups");
    return {};
}

Result<void> check_capabilities(std::string_view status, const Expected& expected) {
    for (const std::string set : {"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"}) {
        if (set == "CapBnd" && !expected.has_empty_bounding_set) continue;
        if (!all_are(value_of(status, set), "0000000000000000")) return is_open(set + " is not empty");
    }
    return {};
}

Result<void> check_root(const Proc& proc) {
    const std::string mounts = MF_TRY(proc.read_own("mountinfo"));
    if (std::count(mounts.begin(), mounts.end(), '\n') != 1) return is_open("there is more than the empty root");
    for (const char* wanted : {" / / ro,", "nosuid", "nodev", "noexec", " tmpfs "})
        if (mounts.find(wanted) == mounts.npos) return is_open("the root is not read-only, nosuid, nodev and noexec");
    return {};
}

}  // namespace

Result<void> check_prepared(const Proc& proc, const NamespaceIds& before) {
    const std::string shared = MF_TRY(NamespaceIds::of_self(proc)).shared_with(before);
    if (!shared.empty()) return is_open("namespaces of the host: " + shared);
    MF_TRY(check_root(proc));
    if (environ != nullptr && *environ != nullptr) return is_open("there is an environment");
    return check_resource_limits();
}

Result<void> check_status(std::string_view status, const Expected& expected) {
    MF_TRY(check_ids(status, expected));
    MF_TRY(check_capabilities(status, expected));
    if (value_of(status, "NoNewPrivs") != "1") return is_open("NoNewPrivs is not 1");
    if (value_of(status, "Threads") != "1") return is_open("there is more than one thread");
    if (expected.has_filter && value_of(status, "Seccomp") != "2") return is_open("Seccomp is not 2");
    if (expected.has_pid_namespace && !value_of(status, "NSpid").ends_with("\t1"))
        return is_open("it shares a PID namespace");
    return {};
}

Result<void> check_locked(const UniqueFd& status, const Expected& expected) {
    return check_status(MF_TRY(read_start(status)), expected);
}

}  // namespace mayfly::jail
