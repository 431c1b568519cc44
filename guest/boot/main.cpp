// The kernel's beginning: from the VMM's boot page tables to the first instruction of the program that
// the boot event names.
#include <string_view>

#include "guest/arch/control.h"
#include "guest/arch/doorbell.h"
#include "guest/arch/idt.h"
#include "guest/boot/dump.h"
#include "guest/boot/end_program.h"
#include "guest/exec/exec.h"
#include "guest/fs/console.h"
#include "guest/fs/mount.h"
#include "guest/invoke/invoke_file.h"
#include "guest/lib/format.h"
#include "guest/lib/log.h"
#include "guest/lib/random.h"
#include "guest/mm/frames.h"
#include "guest/thread/process.h"
#include "guest/thread/scheduler.h"
#include "guest/thread/tick.h"

namespace mayfly::guest {
namespace {

constexpr int kFirstPid = 1;
constexpr u32 kExitNotFound = 127 << 8;  // as a shell's, in wait(2)'s form
constexpr u32 kExitNotRunnable = 126 << 8;

template <class T>
T must(ErrnoOr<T> result, const char* what) {
    if (!result) kernel_panic(what);
    if constexpr (!std::is_void_v<T>) return std::move(result).value();
}

// The strings of a BootCommand, one after the other.
class BootStrings {
public:
    explicit BootStrings(std::string_view text) : rest_(text) {}
    std::string_view next() {
        const usize end = rest_.find('\0');
        const std::string_view text = rest_.substr(0, end);
        rest_ = end == std::string_view::npos ? std::string_view{} : rest_.substr(end + 1);
        return text;
    }

private:
    std::string_view rest_;
};

struct Command {
    Arguments arguments;
    String directory;
};

ErrnoOr<Command> read_command() {
    const auto& header = *reinterpret_cast<const abi::BootCommand*>(event_bytes().data());
    BootStrings strings({reinterpret_cast<const char*>(&header + 1), header.strings_bytes});
    Command command;
    for (u32 i = 0; i < header.argc; ++i) MF_TRY(command.arguments.argv.push_back(MF_TRY(String::of(strings.next()))));
    for (u32 i = 0; i < header.envc; ++i) MF_TRY(command.arguments.envp.push_back(MF_TRY(String::of(strings.next()))));
    command.directory = MF_TRY(String::of(strings.next()));
    return command;
}

ErrnoOr<void> open_console(Process& process) {
    for (int fd = 0; fd < 3; ++fd) MF_TRY(process.fds().install(MF_TRY(open_console_stream(fd)), false));
    return {};
}

[[noreturn]] void cannot_start(const Command& command, Errno error) {
    char text[512];
    Format message{text};
    message.text("mayfly: cannot run ");
    message.text(command.arguments.argv.empty() ? std::string_view("nothing") : command.arguments.argv[0].view());
    message.text(error.value == ENOENT ? ": no such file in the image\n" : ": not an executable (errno ");
    if (error.value != ENOENT) message.decimal(error.value).text(")\n");
    log_text(abi::LogStream::error, message.view());
    end_program(error.value == ENOENT ? kExitNotFound : kExitNotRunnable);
}

[[noreturn]] void start_program() {
    Command command = must(read_command(), "boot command");
    auto process = must(make_ref<Process>(kFirstPid), "process");
    process->fs().set_root(root_directory());
    process->fs().set_working_directory(root_directory());
    auto thread = must(Thread::create(*process, TrapFrame{}), "first thread");
    process->add_thread(*thread);
    adopt_first(*thread);
    must(open_console(*process), "console");
    if (auto changed = process->fs().change_directory(command.directory.view()); !changed)
        cannot_start(command, changed.error());

    auto frame = load_program(*process, command.arguments);
    if (!frame) cannot_start(command, frame.error());
    thread->frame() = *frame;
    process->retain();  // it lives as long as the microVM
    run_first();
}

}  // namespace

extern "C" [[noreturn]] void kernel_main() {
    load_descriptor_tables();
    initialize_frames();
    random_reseed();
    must(mount_boot_filesystems(), "cannot mount the image");
    must(register_invoke_device(), "/dev/invoke");
    forget_ticks();
    start_program();
}

}  // namespace mayfly::guest
