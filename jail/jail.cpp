#include "jail/jail.h"

#include <sys/stat.h>

#include "base/sanitizer.h"
#include "jail/empty_root.h"
#include "jail/host_support.h"
#include "jail/identity.h"
#include "jail/privileges.h"
#include "jail/resource_limits.h"
#include "jail/self_check.h"

namespace mayfly::jail {

Result<Jail> Jail::prepare(const AcceptedRisks& accepted, std::span<const AllowedCalls> purposes) {
    Jail jail{MF_TRY(Proc::open())};
    ::umask(S_IRWXG | S_IRWXO);
    MF_TRY(limit_resources());
    const auto before = MF_TRY(NamespaceIds::of_self(jail.proc_));
    jail.namespaces_ = MF_TRY(Namespaces::enter(accepted.no_namespaces, accepted.no_unique_ids, jail.weaknesses_));
    if (jail.namespaces_.are_own()) {
        if (MF_TRY(move_to_empty_root()) == RootChange::cover)
            jail.weaknesses_.emplace_back(
                "the host's root is one that pivot_root(2) refuses (the initial ramfs): it lies below the empty "
                "root of microVM processes");
        MF_TRY(check_prepared(jail.proc_, before));
    }
    jail.has_empty_bounding_set_ = may_empty_bounding_set();
    MF_TRY(forbid_new_privileges());
    MF_TRY(forbid_page_merging());
    jail.landlock_ = MF_TRY(Landlock::create());
    if (!jail.landlock_)
        jail.weaknesses_.emplace_back(
            "this kernel has no Landlock (Linux 5.13): files are out of reach by the empty root alone");
    MF_TRY(jail.prepare_filters(accepted, purposes));
    return jail;
}

Result<void> Jail::prepare_filters(const AcceptedRisks& accepted, std::span<const AllowedCalls> purposes) {
    if (accepted.no_seccomp) {
        weaknesses_.emplace_back("--insecure-no-seccomp: a microVM process may make any system call");
        return {};
    }
    if constexpr (kHasSanitizer) {
        weaknesses_.emplace_back("this build has sanitizers, which make system calls of their own: any is allowed");
        return {};
    }
    if (!has_seccomp())
        return fail(ErrorCode::unavailable,
                    "this kernel has no seccomp filters that kill a process (Linux 4.14, CONFIG_SECCOMP_FILTER); "
                    "--insecure-no-seccomp runs without");
    for (const AllowedCalls& allowed : purposes) filters_.push_back(MF_TRY(SeccompFilter::build(allowed)));
    return {};
}

// What /proc shows of this process is opened while its owner may: from the change of ids on it belongs to root.
Result<void> Jail::enter() {
    MF_TRY(limit_descriptors());
    pagemap_ = MF_TRY(proc_.open_own("pagemap"));
    status_ = MF_TRY(proc_.open_own("status"));
    id_ = namespaces_.has_unique_ids() ? kFirstId + static_cast<uid_t>(MF_TRY(proc_.own_pid())) : kOwnId;
    if (id_ != kOwnId) MF_TRY(change_identity(id_));
    MF_TRY(drop_capabilities());
    MF_TRY(forbid_inspection());
    proc_.close();
    if (landlock_) MF_TRY(landlock_->enforce());
    landlock_.reset();
    return {};
}

Result<void> Jail::lock(std::size_t purpose, std::uint64_t private_bytes) {
    // The shadow memory of sanitizers is private and has no end.
    if constexpr (!kHasSanitizer) MF_TRY(limit_private_memory(private_bytes));
    if (!filters_.empty()) MF_TRY(filters_.at(purpose).load());
    MF_TRY(check_locked(status_, {.id = id_,
                                  .has_pid_namespace = namespaces_.are_own(),
                                  .has_empty_bounding_set = has_empty_bounding_set_,
                                  .has_filter = !filters_.empty()}));
    status_.reset();
    return {};
}

}  // namespace mayfly::jail
