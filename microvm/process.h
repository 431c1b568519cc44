// What a microVM process is among processes: it dies with its parent, writes no core file, and can be forked,
// before it holds a microVM, into others that start without the cost of a new program.
#pragma once

#include <sys/types.h>

#include <span>

#include "base/error.h"
#include "base/unique_fd.h"

namespace mayfly::microvm {

// For a process that was just started.
void become_microvm_process();

// In the parent: the child's number and a pidfd.
// In the child: pid 0. It is a sibling, a child of the same parent, and its control socket is `socket`. Nothing
// else differs, the layout of the address space included.
struct Forked {
    pid_t pid;
    UniqueFd handle;
};
// It is born into the control group of version 2 `directory`, unless that is -1, and into those that `tasks` are the
// task files of (version 1), or it ends before it does anything.
struct GroupDescriptors {
    int directory = -1;
    std::span<const UniqueFd> tasks;
};
// namespaces: those it gets of its own, as flags of clone(2).
Result<Forked> fork_microvm_process(const UniqueFd& socket, unsigned long namespaces, const GroupDescriptors& groups);

// Again after its ids or its user namespace have changed, for then the kernel forgets it. `socket` is the one to the
// parent: ends the process if that died before.
void follow_parent(int socket);

}  // namespace mayfly::microvm
