#include "runtime/exec.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <set>

#include "abi/control_page.h"
#include "abi/layout.h"
#include "rootfs-builder/erofs.h"
#include "runtime/clock.h"
#include "runtime/image_store.h"
#include "runtime/limits.h"
#include "runtime/outcome.h"
#include "snapshot/durable_file.h"
#include "vmm/boot_command.h"

namespace mayfly::runtime {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxMounts = abi::kMaxWindows - 1;

Result<void> check_place(const std::string& guest_path) {
    const fs::path path = guest_path;
    if (path.is_absolute() && path.lexically_normal() == path && !path.filename().empty() &&
        guest_path.size() < sizeof(abi::WindowInfo::mount_path))
        return {};
    return fail(ErrorCode::usage, "'" + guest_path +
                                      "' is no place to mount a folder: give an absolute "
                                      "path of at most 55 characters, without '..' or a '/' at its end");
}

Result<void> check_mounts(const std::vector<ExecMount>& mounts) {
    if (mounts.size() > kMaxMounts) return fail(ErrorCode::usage, "at most 7 folders can be mounted");
    std::set<std::string_view> places;
    for (const ExecMount& mount : mounts) {
        MF_TRY(check_place(mount.guest_path));
        if (!places.insert(mount.guest_path).second)
            return fail(ErrorCode::usage, "two folders can't be mounted at '" + mount.guest_path + "'");
    }
    return {};
}

Result<void> check(const ExecOptions& options) {
    if (options.arguments.empty() || options.arguments.front().empty())
        return fail(ErrorCode::usage, "no program to run: give its path in the image");
    MF_TRY(check_memory(options.memory_mb));
    if (options.timeout < std::chrono::milliseconds(0)) return fail(ErrorCode::usage, "a time limit can't be negative");
    return check_mounts(options.mounts);
}

Result<std::vector<std::byte>> command_of(const ExecOptions& options) {
    std::vector<std::string> arguments = options.arguments;
    if (arguments.front().find('/') == std::string::npos) arguments.front().insert(0, "/usr/bin/");
    std::map<std::string, std::string> variables{
        {"PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"},
        {"HOME", "/root"},
        {"LANG", "C.UTF-8"}};
    for (const auto& [key, value] : options.environment) variables[key] = value;
    std::vector<std::string> environment;
    for (const auto& [key, value] : variables) environment.push_back(key + "=" + value);
    return vmm::encode_boot_command(arguments, environment, options.working_directory);
}

bool is_erofs(int file) {
    constexpr off_t kSuperblock = 1024;
    constexpr std::uint32_t kMagic = 0xe0f5e1e2;  // docs.kernel.org/filesystems/erofs.html
    std::uint32_t magic = 0;
    return ::pread(file, &magic, sizeof magic, kSuperblock) == sizeof magic && magic == kMagic;
}

// The copied folders, as images. They live until the microVM has them.
class Mounts {
public:
    static Result<Mounts> copy(const Engine::Impl& engine, const std::vector<ExecMount>& mounts) {
        Mounts made;
        if (mounts.empty()) return made;
        const Workspace workspace = MF_TRY(engine.home().workspace());
        for (const ExecMount& mount : mounts) {
            MF_TRY(made.add(engine, mount, workspace.path() / std::to_string(made.files_.size())));
        }
        return made;
    }
    const std::vector<MicrovmPlan::Window>& windows() const { return windows_; }

private:
    Result<void> add(const Engine::Impl& engine, const ExecMount& mount, const fs::path& file) {
        // Non-blocking, so that a fifo in its place is refused instead of waited for.
        UniqueFd source{::open(mount.host_directory.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
        struct stat status {};
        if (!source || ::fstat(source.get(), &status) != 0)
            return fail_errno(ErrorCode::usage, "'" + mount.host_directory + "' can't be opened to be mounted");
        const bool is_image = S_ISREG(status.st_mode) && is_erofs(source.get());
        if (!is_image && !S_ISDIR(status.st_mode))
            return fail(ErrorCode::usage,
                        "'" + mount.host_directory + "' can't be mounted: it is not a folder and not an EROFS image");
        if (is_image) {
            files_.push_back(std::move(source));
            windows_.push_back({files_.back().get(), static_cast<std::uint64_t>(status.st_size), mount.guest_path});
            return {};
        }
        rootfs::ErofsOptions options;
        options.skip_byte_code = false;
        options.stop = &engine.interrupted();
        const auto report = MF_TRY(rootfs::build_erofs_from_directory(mount.host_directory, file, options));
        files_.push_back(MF_TRY(snapshot::open_regular_file(file)));
        windows_.push_back({files_.back().get(), report.bytes, mount.guest_path});
        return {};
    }

    std::vector<UniqueFd> files_;
    std::vector<MicrovmPlan::Window> windows_;
};

std::uint64_t nanoseconds(std::chrono::milliseconds time) {
    return static_cast<std::uint64_t>(std::chrono::nanoseconds(time).count());
}

}  // namespace

Result<ExecResult> execute(Engine::Impl& engine, const ExecOptions& options) {
    const std::uint64_t begin = monotonic_ns();
    MF_TRY(check(options));
    const auto command = MF_TRY(command_of(options));
    MF_TRY(engine.host());  // before folders are copied for nothing
    const OpenImage image = MF_TRY(open_image(engine, options.image));
    const Mounts mounts = MF_TRY(Mounts::copy(engine, options.mounts));

    MicrovmPlan plan;
    plan.ram_bytes = std::uint64_t{options.memory_mb} << 20;
    plan.windows = {image.window()};
    plan.windows.insert(plan.windows.end(), mounts.windows().begin(), mounts.windows().end());
    plan.input = options.input;
    plan.trace_syscalls = options.trace_syscalls;
    const std::uint64_t start = monotonic_ns();
    Microvm microvm = MF_TRY(engine.start(std::move(plan)));

    RunRequest request;
    request.kind = EventKind::boot;
    request.event = {reinterpret_cast<const char*>(command.data()), command.size()};  // bytes as characters
    request.timeout_ns = nanoseconds(options.timeout);
    request.log_limit_bytes = abi::kLogBytes;
    std::uint64_t output_bytes = 0;
    request.output = [&](LogStream stream, std::string_view text) {
        output_bytes += text.size();
        if (options.output) options.output(stream, text);
    };
    const Stop stop = MF_TRY(microvm.run(request));
    MF_TRY(engine.check_interrupted());

    ExecResult result;
    Verdict verdict = verdict_of_program(stop);
    name_limit(verdict, stop, {options.timeout, {}, options.memory_mb});
    result.outcome = verdict.outcome;
    result.cause = std::move(verdict.cause);
    if (stop.reason == StopReason::exited) result.exit_code = exit_code_of(stop.exit_status);
    const std::uint64_t end = monotonic_ns();
    result.receipt = stop.used;
    result.receipt.mode = Mode::fresh;
    result.receipt.new_microvm = true;
    result.receipt.run_ns = std::min(stop.used.run_ns, end - start);
    result.receipt.queue_ns = start - begin;
    result.receipt.resume_ns = end - start - result.receipt.run_ns;
    result.receipt.log_bytes = output_bytes;
    result.receipt.total_ns = end - begin;
    return result;
}

}  // namespace mayfly::runtime
