// The process that all microVM processes of an engine are forked from. Starting a program costs most of a
// millisecond on a virtual machine, where each of the some eighty CPUID instructions of the C library's start
// traps; a fork of one that is up costs a tenth. (docs/design/0006-zygote.md)
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "mayfly/mayfly.h"
#include "microvm/channel.h"
#include "runtime/control_group.h"
#include "runtime/mutex.h"
#include "runtime/spawner.h"

namespace mayfly::runtime {

// For any thread.
class Zygote {
public:
    // The spawner outlives it. The process is started by the first fork(), and again when it died.
    Zygote(Spawner& spawner, const AcceptedRisks& accepted) : spawner_(spawner), accepted_(accepted) {}
    // Starts it now, for the first fork() to find it prepared. What goes wrong the fork() tells.
    void start_ahead();

    // A microVM process whose control socket is `socket`; `kvm` is /dev/kvm. It is in `group`, if there is one, from
    // its first instruction on; a group it can't enter ends it. ErrorCode::host when the zygote has died:
    // the next call starts another, but this socket must not be used again, for there may be a child that has it.
    Result<ChildProcess> fork(int socket, int kvm, const ControlGroup* group);
    // Sentences about the jail that it puts them in; each once.
    std::vector<std::string> take_weaknesses();

private:
    struct Process {
        ChildProcess process;
        microvm::Channel channel;
        bool is_prepared = false;  // it was asked to
    };

    Result<void> start() MF_REQUIRES(mutex_);
    Result<void> await_prepared(Process& process) MF_REQUIRES(mutex_);

    Spawner& spawner_;
    const AcceptedRisks accepted_;
    Mutex mutex_;
    std::optional<Process> process_ MF_GUARDED_BY(mutex_);
    std::vector<std::string> weaknesses_ MF_GUARDED_BY(mutex_);
};

}  // namespace mayfly::runtime
