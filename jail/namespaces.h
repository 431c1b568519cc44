// The namespaces of microVM processes. User, mount, network and UTS namespace are made once, by the zygote, and shared
// by the processes forked from it: nothing is in them. Each process gets a PID, an IPC and a cgroup namespace of its
// own.
#pragma once

#include <sys/types.h>

#include <array>
#include <string>
#include <vector>

#include "base/error.h"
#include "jail/proc.h"

namespace mayfly::jail {

class Namespaces {
public:
    // For a process with one thread. What it is told to do without is added to weaknesses.
    static Result<Namespaces> enter(bool without_any, bool without_unique_ids, std::vector<std::string>& weaknesses);

    bool are_own() const { return are_own_; }
    unsigned long clone_flags() const;
    // Each process can have ids of its own: kFirstId plus its number on the host.
    bool has_unique_ids() const { return has_unique_ids_; }

private:
    Result<void> enter_user_namespace(bool without_unique_ids, std::vector<std::string>& weaknesses);

    bool are_own_ = false;
    bool has_unique_ids_ = false;
};

// The namespaces a process is in, as /proc/self/ns tells.
class NamespaceIds {
public:
    static Result<NamespaceIds> of_self(const Proc& proc);
    // Those that enter() makes: the names of the ones that are the same in both.
    std::string shared_with(const NamespaceIds& other) const;

private:
    static constexpr std::array kNames = {"user", "mnt", "net", "uts"};
    std::array<std::string, kNames.size()> ids_;
};

}  // namespace mayfly::jail
