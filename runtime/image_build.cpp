// Building an image, and the base snapshot of its runtime.
#include <algorithm>
#include <ctime>

#include "abi/layout.h"
#include "rootfs-builder/image.h"
#include "rootfs-builder/recipe.h"
#include "runtime/image_store.h"
#include "runtime/names.h"
#include "runtime/outcome.h"
#include "runtime/records.h"
#include "runtime/rehearsal.h"
#include "runtime/trial_load.h"
#include "snapshot/durable_file.h"
#include "vmm/boot_command.h"

namespace mayfly::runtime {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kBootTimeout = 120'000'000'000;
constexpr std::uint64_t kSmallestBaseRam = std::uint64_t{kMinMemoryMb} << 20;
constexpr std::uint64_t kLargestBaseRam = 512ull << 20;

struct RuntimeProgram {
    std::vector<std::string> arguments;
    std::vector<std::string> environment;
};

Result<RuntimeProgram> program_of(std::string_view runtime) {
    if (runtime == "python3.11")
        return RuntimeProgram{{"/usr/bin/python3.11", "/opt/mayfly/python/bootstrap.py"},
                              {"PATH=/usr/local/bin:/usr/bin:/bin", "HOME=/tmp", "LANG=C.UTF-8"}};
    return fail(ErrorCode::incompatible,
                "this build does not know how to start runtime '" + std::string(runtime) + "'");
}

std::string last_lines(std::vector<LogRecord> logs) {
    keep_tail(logs, 4096);
    std::string text;
    for (const LogRecord& record : logs) text += record.text;
    return text;
}

struct BootedRuntime {
    Microvm microvm;
    Stop stop;
};

Result<BootedRuntime> boot(Engine::Impl& engine, const OpenImage& image, std::uint64_t ram_bytes) {
    const RuntimeProgram program = MF_TRY(program_of(image.info.runtime));
    const auto command = MF_TRY(vmm::encode_boot_command(program.arguments, program.environment, "/"));
    MicrovmPlan plan;
    plan.ram_bytes = ram_bytes;
    plan.windows = {image.window()};
    plan.may_be_captured = true;
    Microvm microvm = MF_TRY(engine.start(std::move(plan)));
    RunRequest request;
    request.kind = EventKind::boot;
    request.event = {reinterpret_cast<const char*>(command.data()), command.size()};  // bytes as characters
    request.timeout_ns = kBootTimeout;
    request.log_limit_bytes = abi::kLogBytes;
    Stop stop = MF_TRY(microvm.run(request));
    return BootedRuntime{std::move(microvm), std::move(stop)};
}

// The runtime waits for a function, in as little RAM as it needs.
Result<BootedRuntime> boot_in_enough_ram(Engine::Impl& engine, const OpenImage& image, std::uint64_t& ram_bytes) {
    for (ram_bytes = kSmallestBaseRam;; ram_bytes *= 2) {
        BootedRuntime booted = MF_TRY(boot(engine, image, ram_bytes));
        if (booted.stop.reason == StopReason::waiting) return booted;
        const bool needs_more = booted.stop.reason == StopReason::out_of_memory && ram_bytes < kLargestBaseRam;
        if (needs_more) continue;
        const std::string logs = last_lines(booted.microvm.exchange().copy_logs(booted.stop.log_bytes));
        const bool is_ours = booted.stop.reason == StopReason::host_error;
        return fail(is_ours ? ErrorCode::host : ErrorCode::microvm,
                    "the runtime '" + image.info.runtime + "' does not start: " +
                        verdict_of_invocation(booted.stop).cause + (logs.empty() ? "" : "\n" + logs));
    }
}

Result<OpenImage> build_files(Engine::Impl& engine, const ImageOptions& options, const std::string& name,
                              const Workspace& workspace, const fs::path& folder) {
    rootfs::ImageRequest request;
    request.runtime = options.runtime;
    request.packages = options.packages;
    request.output = folder / "image.erofs";
    request.cache_directory = engine.home().package_cache();
    request.work_directory = workspace.path() / "work";  // locked by the builder, as the workspace is by us
    request.stop = &engine.interrupted();
    const rootfs::ImageReport report = MF_TRY(rootfs::build_image(
        request, [&](const rootfs::Progress& at) { engine.report(at.step, at.detail, at.done, at.total); }));

    OpenImage image;
    image.info.name = name;
    image.info.runtime = options.runtime;
    image.info.packages = report.packages;
    image.info.digest = report.sha256;
    image.info.bytes = report.bytes;
    for (const rootfs::ImageStep& step : report.steps) image.info.steps.push_back({step.name, step.bytes, step.files});
    image.info.created_at = std::time(nullptr);
    image.digest = snapshot::from_hex(report.sha256).value_or(snapshot::Sha256{});
    image.file = MF_TRY(snapshot::open_regular_file(request.output));
    return image;
}

// On a host that may be as slow as for the boot.
RunRequest patient(RunRequest request) {
    request.timeout_ns = kBootTimeout;
    return request;
}

// The same packages give the same bytes. Then the base snapshot stays, and with it the functions over it.
bool is_there_already(Engine::Impl& engine, const OpenImage& image) {
    const auto current = open_image(engine, image.info.name);
    if (!current || current->digest != image.digest || current->info.runtime != image.info.runtime) return false;
    return image.info.runtime.empty() || static_cast<bool>(open_runtime_as_it_is(engine, image.info.name));
}

}  // namespace

Result<void> make_base_snapshot(Engine::Impl& engine, const OpenImage& image, const fs::path& folder) {
    engine.report("start " + image.info.runtime);
    std::uint64_t ram_bytes = 0;
    BootedRuntime booted = MF_TRY(boot_in_enough_ram(engine, image, ram_bytes));
    // The guest kernel learns from them which pages handlers use, and which an event writes in any case.
    const auto practised = rehearse(booted.microvm, patient(practice()));
    if (!practised)
        engine.log(LogLevel::warning, "microVMs that are kept ready will be slower than they could be (image '" +
                                          image.info.name + "', built anew, may help): " + practised.error().message());
    MF_TRY(rehearse(booted.microvm, patient(rehearsal())));
    engine.report("capture the base snapshot");
    SnapshotRequest request;
    request.folder = folder / "base";
    request.kind = snapshot::Kind::base;
    request.ram_bytes = ram_bytes;
    request.windows = {image.window_image()};
    MF_TRY(make_folder(request.folder));
    const Host& host = *MF_TRY(engine.host());
    MF_TRY(write_snapshot(std::move(booted.microvm), request, host));
    const auto tried = note_what_loads_replace(engine, image, request.folder);
    if (!tried) engine.log(LogLevel::debug, "a trial load failed: " + tried.error().message());
    return snapshot::sync_directory(request.folder);
}

Result<ImageInfo> build_image(Engine::Impl& engine, const ImageOptions& options) {
    MF_TRY(engine.check_interrupted());
    const std::string name = options.name.empty() ? options.runtime : options.name;
    if (name.empty()) return fail(ErrorCode::usage, "an image needs a runtime: python3.11");
    MF_TRY(check_name("an image", name));
    if (!options.runtime.empty()) MF_TRY(rootfs::find_recipe(options.runtime));
    const Home& home = engine.home();
    const NameLock lock = MF_TRY(home.lock_for_change("image", name));
    std::error_code code;
    if (!options.replace && fs::exists(home.image(name), code))
        return fail(ErrorCode::exists, "there is an image '" + name + "' already");
    if (!options.runtime.empty()) MF_TRY(engine.host());  // before minutes of work that would be for nothing

    const Workspace workspace = MF_TRY(home.workspace());
    const fs::path folder = workspace.path() / "image";
    MF_TRY(make_folder(folder));
    OpenImage image = MF_TRY(build_files(engine, options, name, workspace, folder));
    if (is_there_already(engine, image)) return image_info(engine, name);

    const std::uint64_t file_xxh3 = MF_TRY(snapshot::xxh3_of_file(image.file.get()));
    MF_TRY(save_record(folder / "image.json", {image.info, file_xxh3}));
    if (!image.info.runtime.empty()) MF_TRY(make_base_snapshot(engine, image, folder));
    MF_TRY(engine.check_interrupted());
    MF_TRY(home.publish("image", folder, home.image(name)));
    return image_info(engine, name);
}

}  // namespace mayfly::runtime
