#include "guest/exec/exec.h"

#include <cstring>

#include "abi/kernel_header.h"
#include "guest/exec/vdso.h"
#include "guest/fs/path.h"

namespace mayfly::guest {
namespace {

constexpr u64 kProgramBase = 0x5555'5555'4000;      // of position-independent programs, as Linux's
constexpr u64 kInterpreterBase = 0x7fff'f7fc'0000;  // as Linux's without randomization
constexpr u64 kUserRflags = 0x3202;                 // IF, IOPL 3 (docs/boundary.md)
constexpr int kMaxScripts = 4;

struct Executable {
    Ref<Dentry> dentry;
    String path;
};

ErrnoOr<Executable> open_executable(Process& process, std::string_view path) {
    Executable file;
    file.dentry = MF_TRY(resolve(process.fs(), process.fs().working_directory(), path, true));
    file.path = MF_TRY(file.dentry->path(*process.fs().root()));
    if (!file.dentry->inode().is_regular() || (file.dentry->inode().mode() & 0111) == 0) return fail(EACCES);
    return file;
}

std::string_view environment_value(const Vector<String>& environment, std::string_view name) {
    for (const String& entry : environment) {
        const std::string_view text = entry.view();
        if (text.size() > name.size() && text.substr(0, name.size()) == name && text[name.size()] == '=')
            return text.substr(name.size() + 1);
    }
    return {};
}

// As execvp(3) does for its caller.
ErrnoOr<Executable> search(Process& process, const Arguments& arguments) {
    const std::string_view name = arguments.argv[0].view();
    if (name.find('/') != std::string_view::npos) return open_executable(process, name);
    std::string_view rest = environment_value(arguments.envp, "PATH");
    if (rest.empty()) rest = "/usr/local/bin:/usr/bin:/bin";
    while (!rest.empty()) {
        const usize colon = rest.find(':');
        String path = MF_TRY(String::of(rest.substr(0, colon)));
        MF_TRY(path.append("/"));
        MF_TRY(path.append(name));
        auto file = open_executable(process, path.view());
        if (file) return file;
        rest = colon == std::string_view::npos ? std::string_view{} : rest.substr(colon + 1);
    }
    return fail(ENOENT);
}

// "#! interpreter [argument]": the arguments become those of the interpreter (execve(2)).
ErrnoOr<bool> expand_script(const Executable& file, Arguments& arguments) {
    char line[256];
    auto buffer = IoBuffer::kernel(std::as_writable_bytes(std::span(line)));
    const usize length = MF_TRY(file.dentry->inode().read_at(buffer, 0));
    std::string_view text(line, length);
    if (text.substr(0, 2) != "#!") return false;
    text = text.substr(2, text.find('\n') - 2);
    const auto trim = [](std::string_view part) {
        while (!part.empty() && (part.front() == ' ' || part.front() == '\t')) part.remove_prefix(1);
        while (!part.empty() && (part.back() == ' ' || part.back() == '\t')) part.remove_suffix(1);
        return part;
    };
    text = trim(text);
    if (text.empty()) return fail(ENOEXEC);
    const usize space = text.find_first_of(" \t");
    const std::string_view extra = space == std::string_view::npos ? std::string_view{} : trim(text.substr(space));
    arguments.argv[0] = MF_TRY(file.path.copy());
    if (!extra.empty()) MF_TRY(arguments.argv.insert(0, MF_TRY(String::of(extra))));
    MF_TRY(arguments.argv.insert(0, MF_TRY(String::of(text.substr(0, space)))));
    return true;
}

// The name of the program's first thread, /proc/self/comm: the file's, without its directories.
void set_thread_name(Thread& thread, std::string_view path) {
    const std::string_view name = path.substr(path.rfind('/') + 1).substr(0, sizeof(thread.name) - 1);
    std::memset(thread.name, 0, sizeof(thread.name));
    std::memcpy(thread.name, name.data(), name.size());
}

ErrnoOr<void> remember(Process& process, const Executable& file, const Arguments& arguments) {
    const auto join = [](const Vector<String>& strings, Vector<char>& out) -> ErrnoOr<void> {
        out.clear();
        for (const String& text : strings) {
            for (char c : text.view()) MF_TRY(out.push_back(c));
            MF_TRY(out.push_back('\0'));
        }
        return {};
    };
    process.executable = MF_TRY(file.path.copy());
    set_thread_name(current(), arguments.argv[0].view());
    MF_TRY(join(arguments.argv, process.command_line));
    return join(arguments.envp, process.environment);
}

}  // namespace

ErrnoOr<TrapFrame> load_program(Process& process, Arguments& arguments) {
    if (arguments.argv.empty()) return fail(EINVAL);
    Executable file = MF_TRY(search(process, arguments));
    for (int depth = 0; MF_TRY(expand_script(file, arguments)); ++depth) {
        if (depth == kMaxScripts) return fail(ELOOP);
        file = MF_TRY(open_executable(process, arguments.argv[0].view()));
    }

    AddressSpace& space = process.space();
    const LoadedElf program = MF_TRY(load_elf(space, *file.dentry, file.path.view(), kProgramBase));
    space.set_brk_start(program.end);
    LoadedElf interpreter;
    if (!program.interpreter.empty()) {
        const Executable loader = MF_TRY(open_executable(process, program.interpreter.view()));
        interpreter = MF_TRY(load_elf(space, *loader.dentry, loader.path.view(), kInterpreterBase));
    }
    const u64 vdso = MF_TRY(map_vdso(space));
    const ProgramImage image{&program, interpreter.base, vdso, arguments.argv[0].view()};
    const u64 stack = MF_TRY(build_stack(space, arguments, image));
    MF_TRY(remember(process, file, arguments));

    TrapFrame frame{};
    frame.rip = program.interpreter.empty() ? program.entry : interpreter.entry;
    frame.rsp = stack;
    frame.rflags = kUserRflags;
    frame.cs = abi::kUserCs;
    frame.ss = abi::kUserSs;
    return frame;
}

}  // namespace mayfly::guest
