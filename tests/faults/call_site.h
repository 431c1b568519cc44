// Where in a program a system call is made: the call and the return addresses above it. There are no frame pointers, so
// the stack is searched for what lies behind a call instruction of the program itself; a stale address among them
// makes two sites of one.
#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace mayfly::faults {

struct Call {
    std::uint64_t number;
    std::array<std::uint64_t, 6> arguments;
    std::uint64_t instruction;
    std::uint64_t stack;
};

// What is mapped of a program's own file, until it becomes another program.
class ProgramText {
public:
    ProgramText() = default;
    explicit ProgramText(pid_t pid);

    // The name of the site: relative addresses of the innermost return addresses. Empty when none is the program's:
    // while its libraries are loaded, and in a library's own threads.
    std::string site(pid_t pid, const Call& call);

private:
    struct Range {
        std::uint64_t begin;
        std::uint64_t end;
    };
    bool contains(std::uint64_t address) const;
    bool is_behind_call(pid_t pid, std::uint64_t address);

    std::uint64_t base_ = 0;
    std::vector<Range> executable_;
    std::map<std::uint64_t, bool> behind_call_;
};

// With the request behind it for ioctl(2), fcntl(2) and futex(2), which are many calls in one.
std::string name_of(const Call& call);

}  // namespace mayfly::faults
