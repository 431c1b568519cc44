// Control groups of microVM processes: the second wall around the memory, processor time and processes that a
// microVM may use, should its guest get hold of the process. Each microVM process has a group of its own, which it
// enters before it does anything else. Making one takes a fifth of a millisecond, so they are used again: as many
// exist as microVMs were alive at once. (docs/design/0011-control-groups.md)
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/unique_fd.h"
#include "runtime/control_group_layout.h"
#include "runtime/mutex.h"

namespace mayfly::runtime {

struct GroupLimits {
    std::uint64_t memory_bytes = 0;  // of the whole process, with what the kernel holds for it; swap is never used
    double cpu = 0;                  // share of one processor; 0: no limit

    bool operator==(const GroupLimits&) const = default;
};

class ControlGroups;

// A group that nobody else has. Goes back at the end of this object's life, which may be before the process in it
// is gone: it is not given out again until then.
class ControlGroup {
public:
    ControlGroup(ControlGroup&&) noexcept;
    ControlGroup& operator=(ControlGroup&&) = delete;
    ~ControlGroup();

    // How a process gets in: it is cloned into `directory` (version 2; -1: there is none), and writes "0" to each of
    // the task files (version 1), while it has one thread: then nobody waits for the rest of the system.
    int directory() const;
    std::vector<int> task_files() const;

    // Whether the kernel has ended a process in it for want of memory since this was asked last.
    bool has_run_out_of_memory();

    struct State;

private:
    friend class ControlGroups;
    ControlGroup(ControlGroups& groups, std::unique_ptr<State> state);

    ControlGroups* groups_;
    std::unique_ptr<State> state_;
};

// For any thread. Outlives the groups it gave out and the processes in them.
class ControlGroups {
public:
    // Makes the groups under this process's own, in each hierarchy that lets it. Clears those of processes that are
    // gone. Without `required`, limits that need a controller this host lacks are left out.
    static std::unique_ptr<ControlGroups> open(std::vector<GroupHierarchy> layout, bool required = true);
    ~ControlGroups();
    ControlGroups(const ControlGroups&) = delete;
    ControlGroups& operator=(const ControlGroups&) = delete;

    bool has(Controller controller) const;
    // "memory: version 1, cpu: version 2", or "none".
    std::string describe() const;
    // Which controllers can't be used and why; empty when all can.
    std::string missing() const;

    // ErrorCode::unavailable, with what would accept that, when the processor share can't be bounded.
    Result<ControlGroup> take(const GroupLimits& limits);

private:
    friend class ControlGroup;
    explicit ControlGroups(bool required);
    void probe(GroupHierarchy hierarchy);
    Result<std::unique_ptr<ControlGroup::State>> make(bool with_cpu);
    std::unique_ptr<ControlGroup::State> take_idle(bool with_cpu);
    void give_back(std::unique_ptr<ControlGroup::State> state);

    bool required_;
    std::vector<GroupHierarchy> hierarchies_;  // those that can be used
    std::vector<std::string> refusals_;
    Mutex mutex_;
    std::vector<std::unique_ptr<ControlGroup::State>> idle_ MF_GUARDED_BY(mutex_);
};

}  // namespace mayfly::runtime
