// The program's first stack: arguments, environment, auxiliary vector (the x86-64 psABI, 3.4.1).
#pragma once

#include "guest/exec/load.h"

namespace mayfly::guest {

struct Arguments {
    Vector<String> argv;
    Vector<String> envp;
};

struct ProgramImage {
    const LoadedElf* program;
    u64 interpreter_base;
    u64 vdso;
    std::string_view path;
};

// Maps the stack and fills it; the stack pointer to start with.
ErrnoOr<u64> build_stack(AddressSpace& space, const Arguments& arguments, const ProgramImage& image);

}  // namespace mayfly::guest
