// The jail of a microVM process: what is left to a guest that has taken over the process around it.
//
// Most of it is made once, in the zygote, and inherited by every process forked from it; the rest is done by the
// forked process. The order is that of docs/security.md:
//
//     zygote   Jail::prepare()  limits, namespaces, empty root, bounding set, no new privileges, filter
//     child    enter()          own number, own ids, no capabilities, no core file, Landlock
//     child    lock()           system calls, and a look at the result in /proc: before the first guest instruction
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/unique_fd.h"
#include "jail/landlock.h"
#include "jail/namespaces.h"
#include "jail/proc.h"
#include "jail/seccomp_filter.h"

namespace mayfly::jail {

// What the operator wants to do without. Each is an --insecure- flag of the command.
struct AcceptedRisks {
    bool no_namespaces = false;
    bool no_unique_ids = false;
    bool no_seccomp = false;
};

class Jail {
public:
    // In the zygote, once, while it has one thread. ErrorCode::unavailable when this host lacks something: a
    // sentence that names the flag that does without.
    // `purposes`: what such processes may be locked for.
    static Result<Jail> prepare(const AcceptedRisks& accepted, std::span<const AllowedCalls> purposes);

    // What is weaker than it could be, each a sentence.
    const std::vector<std::string>& weaknesses() const { return weaknesses_; }
    // For the clone(2) that makes a process of this jail.
    unsigned long clone_flags() const { return namespaces_.clone_flags(); }

    // In the forked process, first thing. Afterwards no path can be opened and no id changed.
    Result<void> enter();
    // /proc/self/pagemap of the forked process, opened by enter() while that could be done. Once.
    UniqueFd take_pagemap() { return std::move(pagemap_); }
    // Before the first guest instruction, for one of the purposes. private_bytes: what may be mapped that is private
    // and writable, what is mapped now included. ErrorCode::internal when a property that should hold does not.
    Result<void> lock(std::size_t purpose, std::uint64_t private_bytes);

private:
    explicit Jail(Proc proc) : proc_(std::move(proc)) {}
    Result<void> prepare_filters(const AcceptedRisks& accepted, std::span<const AllowedCalls> purposes);

    Proc proc_;
    Namespaces namespaces_;
    std::optional<Landlock> landlock_;
    std::vector<SeccompFilter> filters_;  // by purpose; none: any call is allowed
    std::vector<std::string> weaknesses_;
    bool has_empty_bounding_set_ = false;
    UniqueFd status_;  // of the forked process: read again after the door is shut
    UniqueFd pagemap_;
    uid_t id_ = 0;
};

}  // namespace mayfly::jail
