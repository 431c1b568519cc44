#include "runtime/function_loader.h"

#include <algorithm>
#include <ctime>

#include "abi/layout.h"
#include "rootfs-builder/erofs.h"
#include "runtime/error_reply.h"
#include "runtime/json_text.h"
#include "runtime/limits.h"
#include "runtime/load_event.h"
#include "runtime/names.h"
#include "runtime/outcome.h"
#include "runtime/records.h"
#include "snapshot/durable_file.h"

namespace mayfly::runtime {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxHandlerBytes = 128;
constexpr std::uint64_t kLoadTimeout = 60'000'000'000;

Result<void> check_environment(const std::map<std::string, std::string>& environment) {
    std::size_t bytes = 0;
    for (const auto& [key, value] : environment) {
        const bool is_sound = !key.empty() && key.find('=') == std::string::npos &&
                              key.find('\0') == std::string::npos && value.find('\0') == std::string::npos;
        if (!is_sound) return fail(ErrorCode::usage, "an environment variable needs a name without '=' and no NUL");
        bytes += key.size() + value.size();
    }
    if (bytes > kMaxEnvironmentBytes) return fail(ErrorCode::too_large, "the environment variables are over 4 KiB");
    return {};
}

bool is_handler(std::string_view text) {
    const auto dot = text.rfind('.');
    return dot != std::string_view::npos && dot > 0 && dot + 1 < text.size() && text.size() <= kMaxHandlerBytes &&
           text.find('\0') == std::string_view::npos;
}

struct Code {
    UniqueFd file;
    std::uint64_t bytes = 0;
    std::uint64_t xxh3 = 0;
    snapshot::Sha256 digest = {};

    MicrovmPlan::Window window() const { return {file.get(), bytes, kTaskRoot}; }
};

Result<void> place_code(const Engine::Impl& engine, const CodeSource& source, const fs::path& target) {
    std::error_code code;
    if (source.directory.empty()) {
        fs::create_hard_link(source.image, target, code);
        if (code) return Unexpected(Error{ErrorCode::io, "linking " + source.image.string(), code.value()});
        return {};
    }
    if (!fs::is_directory(source.directory, code))
        return fail(ErrorCode::usage, "'" + source.directory.string() + "' is not a folder with code");
    rootfs::ErofsOptions options;
    options.stop = &engine.interrupted();
    MF_TRY(rootfs::build_erofs_from_directory(source.directory, target, options));
    return {};
}

Result<Code> open_code(const fs::path& path) {
    Code code;
    code.file = MF_TRY(snapshot::open_regular_file(path));
    std::error_code ignored;
    code.bytes = fs::file_size(path, ignored);
    code.xxh3 = MF_TRY(snapshot::xxh3_of_file(code.file.get()));
    code.digest = MF_TRY(snapshot::sha256_of_file(code.file.get()));
    return code;
}

Result<void> judge(const Stop& stop, const Microvm& microvm, const std::vector<LogRecord>& logs) {
    if (stop.has_succeeded()) return {};
    std::string text;
    for (const LogRecord& record : logs) text += record.text;
    if (stop.reason == StopReason::waiting)
        return fail(ErrorCode::function, "the function can't be loaded: " +
                                             describe_load_error(microvm.exchange().copy_reply(stop.reply_length)));
    std::string cause = verdict_of_invocation(stop).cause;
    if (stop.reason == StopReason::timed_out) cause = "the limit of 60 s for that was reached";
    if (stop.reason == StopReason::out_of_memory) cause += "; give the function more memory (--memory)";
    const bool is_ours = stop.reason == StopReason::host_error;
    return fail(is_ours ? ErrorCode::host : ErrorCode::function,
                "while the function was loaded, " + cause + (text.empty() ? "" : "\n" + text));
}

}  // namespace

Result<void> check_function_options(const FunctionOptions& options) {
    MF_TRY(check_name("a function", options.name));
    MF_TRY(check_name("an image", options.image));
    if (!is_handler(options.handler))
        return fail(ErrorCode::usage, "a function needs a handler: MODULE.FUNCTION, as in app.handler");
    MF_TRY(check_memory(options.memory_mb));
    MF_TRY(check_limits(options));
    if (options.training_event.size() > kMaxTrainingBytes)
        return fail(ErrorCode::too_large, "the training event is over 256 KiB");
    if (!options.training_event.empty() && !is_json(options.training_event))
        return fail(ErrorCode::usage, "the training event is not JSON");
    return check_environment(options.environment);
}

Result<Load> load_code(Engine::Impl& engine, const OpenImage& image, const OpenSnapshot& base,
                       const FunctionOptions& options, const MicrovmPlan::Window& code) {
    MicrovmPlan plan = plan_of(image, base, std::uint64_t{options.memory_mb} << 20);
    plan.may_be_captured = true;
    const std::string event = load_event(options);
    RunRequest request;
    request.kind = EventKind::load;
    request.event = event;
    request.timeout_ns = kLoadTimeout;
    request.log_limit_bytes = abi::kLogBytes;
    request.new_windows = {code};
    request.ram_bytes = plan.ram_bytes;
    Microvm microvm = MF_TRY(engine.start(std::move(plan)));
    Stop stop = MF_TRY(microvm.run(request));
    return Load{std::move(microvm), std::move(stop)};
}

Result<FunctionInfo> load_function(Engine::Impl& engine, const FunctionOptions& options, const CodeSource& source,
                                   std::int64_t created_at, const fs::path& folder) {
    MF_TRY(check_function_options(options));
    Host& host = *MF_TRY(engine.host());
    const OpenRuntime runtime = MF_TRY(open_runtime(engine, options.image));
    const std::uint64_t ram_bytes = std::uint64_t{options.memory_mb} << 20;
    if (ram_bytes < runtime.base.manifest.ram_bytes)
        return fail(ErrorCode::usage, "functions in image '" + options.image + "' need at least " +
                                          std::to_string(runtime.base.manifest.ram_bytes >> 20) + " MB of memory");
    MF_TRY(place_code(engine, source, folder / "code.erofs"));
    const Code code = MF_TRY(open_code(folder / "code.erofs"));

    auto [microvm, stop] = MF_TRY(load_code(engine, runtime.image, runtime.base, options, code.window()));
    std::vector<LogRecord> logs = microvm.exchange().copy_logs(stop.log_bytes);
    MF_TRY(judge(stop, microvm, logs));
    engine.log(LogLevel::debug, "loaded " + options.handler + " in " + std::to_string(stop.used.run_ns / 1000) +
                                    " us; writing its snapshot");

    const snapshot::WindowImage code_image{code.bytes, kTaskRoot, code.digest};
    MF_TRY(write_snapshot(
        std::move(microvm),
        {folder, snapshot::Kind::function, ram_bytes, {runtime.image.window_image(), code_image}, runtime.base.digest},
        host));
    std::error_code ignored;
    FunctionInfo info{options.name,
                      options.image,
                      options.handler,
                      options.memory_mb,
                      options.timeout,
                      options.cpu_time,
                      options.cpu,
                      options.tmp_mb,
                      options.environment,
                      options.mode,
                      options.training_event,
                      code.bytes,
                      snapshot::to_hex(code.digest),
                      fs::file_size(folder / "memory", ignored),
                      created_at,
                      std::time(nullptr),
                      stop.used.run_ns,
                      {}};
    MF_TRY(save_record(folder / "function.json", {info, code.xxh3}));
    info.load_logs = std::move(logs);
    return info;
}

}  // namespace mayfly::runtime
