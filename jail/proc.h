// The host's /proc, held open across the change of roots: after it no path leads there.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

#include "base/error.h"
#include "base/unique_fd.h"

namespace mayfly::jail {

class Proc {
public:
    static Result<Proc> open();

    // A file of /proc/self, for reading.
    Result<UniqueFd> open_own(const char* name) const;
    // What a link of /proc/self says.
    Result<std::string> own_link(const char* name) const;
    // The start of a file of /proc/self.
    Result<std::string> read_own(const char* name) const;
    // The number of this process where /proc was mounted: no other process of the host has it.
    Result<pid_t> own_pid() const;
    void close() { directory_.reset(); }

private:
    explicit Proc(UniqueFd directory) : directory_(std::move(directory)) {}

    UniqueFd directory_;
};

// The first 4 KiB of an open file: more than the jail ever looks at.
Result<std::string> read_start(const UniqueFd& file);

}  // namespace mayfly::jail
