// mayfly-boot: boots a guest kernel in this process and shows what it says. For people who work on
// the guest; not installed.
//
//   mayfly-boot [--ram MB] [--trace] [--timeout S] [--window FILE:/path]... KERNEL.elf ROOT.erofs -- argv...
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "abi/control_page.h"
#include "vmm/boot_command.h"
#include "vmm/capabilities.h"
#include "vmm/kvm.h"
#include "vmm/machine.h"
#include "vmm/registers.h"

namespace {

using namespace mayfly;

struct Options {
    std::uint64_t ram_bytes = 256ull << 20;
    std::uint64_t timeout_ns = 0;
    bool trace = false;
    std::string kernel;
    std::vector<std::pair<std::string, std::string>> windows;  // file, mount path
    std::vector<std::string> arguments;
};

[[noreturn]] void usage() {
    std::fprintf(stderr,
                 "usage: mayfly-boot [--ram MB] [--trace] [--timeout S] [--window FILE:/path]... KERNEL.elf ROOT.erofs "
                 "-- argv...\n");
    std::exit(2);
}

Options parse(std::vector<std::string> words) {
    Options options;
    std::vector<std::pair<std::string, std::string>> more_windows;
    std::size_t at = 0;
    const auto next = [&]() -> std::string { return at < words.size() ? words[at++] : (usage(), ""); };
    std::string word = next();
    for (; word.starts_with("--") && word != "--"; word = next()) {
        if (word == "--ram")
            options.ram_bytes = std::stoull(next()) << 20;
        else if (word == "--timeout")
            options.timeout_ns = std::stoull(next()) * 1'000'000'000;
        else if (word == "--trace")
            options.trace = true;
        else if (word == "--window") {
            const std::string pair = next();
            const auto colon = pair.find(':');
            if (colon == std::string::npos) usage();
            more_windows.emplace_back(pair.substr(0, colon), pair.substr(colon + 1));
        } else
            usage();
    }
    options.kernel = word;
    options.windows.emplace_back(next(), "/");
    options.windows.insert(options.windows.end(), more_windows.begin(), more_windows.end());
    if (next() != "--") usage();
    options.arguments.assign(words.begin() + static_cast<std::ptrdiff_t>(at), words.end());
    return options;
}

Result<UniqueFd> open_file(const std::string& path) {
    UniqueFd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    if (!file) return fail_errno(ErrorCode::io, "can't open " + path);
    return file;
}

Result<std::uint64_t> size_of(const UniqueFd& file) {
    struct stat status {};
    if (::fstat(file.get(), &status) != 0) return fail_errno(ErrorCode::io, "fstat");
    return static_cast<std::uint64_t>(status.st_size);
}

void print_record(abi::LogStream stream, std::span<const std::byte> text) {
    std::FILE* target = stream == abi::LogStream::output ? stdout : stderr;
    std::fwrite(text.data(), 1, text.size(), target);
    std::fflush(target);
}

Result<vmm::Stop> boot_and_run(const Options& options, std::unique_ptr<vmm::Machine>& machine, const Mapping& ram) {
    const auto kvm = MF_TRY(vmm::Kvm::open());
    MF_TRY(vmm::require_capabilities(kvm));
    const std::uint32_t flags = (options.trace ? abi::kTraceSyscalls : 0u) | abi::kInputIsOpen;
    auto exchange = MF_TRY(vmm::Exchange::create());
    std::vector<UniqueFd> files;
    std::vector<vmm::Image> images;
    for (const auto& [file, mount_path] : options.windows) {
        files.push_back(MF_TRY(open_file(file)));
        const std::uint64_t bytes = MF_TRY(size_of(files.back()));
        images.push_back({files.back().get(), bytes, mount_path});
    }
    vmm::MachineConfig config{ram.bytes(), flags};
    config.images = images;
    machine = MF_TRY(vmm::Machine::create(kvm, config, std::move(exchange)));
    const auto kernel = MF_TRY(open_file(options.kernel));
    const std::uint64_t kernel_bytes = MF_TRY(size_of(kernel));
    const auto elf = MF_TRY(Mapping::of(kernel, kernel_bytes, PROT_READ, MAP_PRIVATE));
    MF_TRY(machine->boot(elf.bytes()));

    const std::vector<std::string> environment = {"PATH=/usr/local/bin:/usr/bin:/bin", "HOME=/tmp", "LANG=C.UTF-8"};
    const auto event = MF_TRY(vmm::encode_boot_command(options.arguments, environment, "/"));
    machine->exchange().write_event(event);

    vmm::RunRequest request;
    request.event = {abi::EventKind::boot, static_cast<std::uint32_t>(event.size()), "boot"};
    request.timeout_ns = options.timeout_ns;
    request.log_sink = print_record;
    request.input_fd = STDIN_FILENO;
    return machine->run(request);
}

int exit_code(std::uint32_t wait_status) {
    if (WIFEXITED(wait_status)) return WEXITSTATUS(wait_status);
    return 128 + WTERMSIG(wait_status);
}

void report(const vmm::Stop& stop, const vmm::Machine& machine) {
    std::fprintf(stderr, "[%s] %s\n", std::string(to_string(stop.reason)).c_str(), stop.detail.c_str());
    std::fprintf(stderr,
                 "[%.3f ms, %.3f ms CPU, %llu exits, %llu host faults; guest: %llu system calls, %llu page faults]\n",
                 static_cast<double>(stop.counters.run_ns) / 1e6, static_cast<double>(stop.counters.cpu_ns) / 1e6,
                 static_cast<unsigned long long>(stop.counters.exits),
                 static_cast<unsigned long long>(stop.counters.host_faults),
                 static_cast<unsigned long long>(stop.mailbox.syscalls),
                 static_cast<unsigned long long>(stop.mailbox.page_faults));
    if (stop.reason != vmm::StopReason::exited && stop.reason != vmm::StopReason::waiting)
        std::fputs(vmm::describe_registers(machine.vcpu()).c_str(), stderr);
}

}  // namespace

int main(int argc, char** argv) {
    const Options options = parse({argv + 1, argv + argc});
    const auto ram = Mapping::anonymous(options.ram_bytes);
    if (!ram) return std::fprintf(stderr, "%s\n", ram.error().message().c_str()), 4;

    std::unique_ptr<vmm::Machine> machine;
    const auto stop = boot_and_run(options, machine, *ram);
    if (!stop) return std::fprintf(stderr, "%s\n", stop.error().message().c_str()), 4;
    report(*stop, *machine);
    return stop->reason == vmm::StopReason::exited ? exit_code(stop->exit_status) : 3;
}
