// Processes in a jail, for tests: a zygote that prepared one, and children of it that are inside.
#pragma once

#include <functional>
#include <string>

#include "jail/jail.h"

namespace mayfly::jail {

// How a process ended.
struct Ending {
    int status = -1;    // its exit status; -1: none
    int signal = 0;     // 0: none
    std::string error;  // of the jail, when it could not be made

    bool was_killed_by_filter() const;
};

using Body = std::function<int(Jail&)>;

// Body's result is the exit status of a process that prepared a jail. That is a fork: a jail is for ever.
Ending in_zygote(const AcceptedRisks& accepted, const Body& body);
// The same of a process that has entered it, and of one that is locked. From within in_zygote().
Ending in_entered(Jail& jail, const Body& body);
Ending in_locked(Jail& jail, const Body& body);

}  // namespace mayfly::jail
