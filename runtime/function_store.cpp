#include "runtime/function_store.h"

#include <algorithm>
#include <ctime>

#include "runtime/function_loader.h"
#include "runtime/load_event.h"
#include "runtime/names.h"
#include "runtime/records.h"
#include "runtime/renewal.h"
#include "runtime/training.h"
#include "snapshot/verified_memory.h"

namespace mayfly::runtime {
namespace {

namespace fs = std::filesystem;

constexpr const char* kKind = "function";

Unexpected<Error> no_such_function(std::string_view name) {
    return fail(ErrorCode::not_found, "there is no function '" + std::string(name) + "'");
}

std::string load_again(std::string_view name) {
    return "load it anew with `mayfly function update " + std::string(name) + " --code DIR`";
}

Unexpected<Error> damaged(std::string_view name, const Error& error, const std::string& advice) {
    return fail(error.code == ErrorCode::incompatible ? error.code : ErrorCode::corrupt,
                "function '" + std::string(name) + "' can't be used: " + error.message() + "; " + advice);
}

Result<FunctionRecord> load_record(const Engine::Impl& engine, std::string_view name) {
    MF_TRY(check_name("a function", name));
    const fs::path folder = engine.home().function(name);
    auto record = load_function_record(folder / "function.json");
    std::error_code code;
    if (!record && !fs::exists(folder, code) && !code) return no_such_function(name);
    if (!record && (is_damage(record.error()) || record.error().code == ErrorCode::incompatible))
        return damaged(name, record.error(),
                       "remove it with `mayfly function rm " + std::string(name) + "` and create it again");
    return record;
}

// To open or load the function; to remove it needs no advice.
Result<FunctionRecord> load_wanted_record(const Engine::Impl& engine, std::string_view name) {
    auto record = load_record(engine, name);
    if (!record && record.error().code == ErrorCode::not_found)
        record.error().what += ": create it with `mayfly function create " + std::string(name) +
                               " --runtime IMAGE --code DIR --handler MODULE.FUNCTION`";
    return record;
}

Result<UniqueFd> open_code(const FunctionRecord& record, const fs::path& path) {
    auto code =
        snapshot::open_verified_memory(path, record.info.code_bytes, record.code_xxh3, snapshot::MappedBy::large_pages);
    if (!code && is_damage(code.error())) return damaged(record.info.name, code.error(), load_again(record.info.name));
    return code;
}

Result<OpenFunction> open_files(Engine::Impl& engine, const FunctionRecord& record, const fs::path& folder) {
    const FunctionInfo& info = record.info;
    Host& host = *MF_TRY(engine.host());
    OpenRuntime runtime = MF_TRY(open_runtime_as_it_is(engine, info.image));
    auto opened = open_snapshot(folder, snapshot::Kind::function, host);
    if (!opened && is_damage(opened.error())) return damaged(info.name, opened.error(), load_again(info.name));
    OpenSnapshot snapshot = MF_TRY(std::move(opened));
    if (snapshot.manifest.base_digest != runtime.base.digest)
        return fail(ErrorCode::incompatible, "image '" + info.image + "' was built anew after function '" + info.name +
                                                 "' was loaded; update the function");
    UniqueFd code = MF_TRY(open_code(record, folder / "code.erofs"));
    const auto& windows = snapshot.manifest.windows;
    if (windows.size() != 2 || windows[0] != runtime.image.window_image() || windows[1].bytes != info.code_bytes)
        return damaged(info.name, {ErrorCode::corrupt, "its snapshot does not fit its files", 0},
                       load_again(info.name));
    return OpenFunction{info, std::move(runtime), std::move(snapshot), std::move(code)};
}

Unexpected<Error> already_there(const Engine::Impl& engine, const std::string& name) {
    const auto record = load_record(engine, name);
    if (!record) return fail(ErrorCode::exists, record.error().message());
    return fail(ErrorCode::exists, "there is a function '" + name + "' already: update it, or remove it first");
}

FunctionOptions options_of(const FunctionInfo& info) {
    FunctionOptions options;
    options.name = info.name;
    options.image = info.image;
    options.handler = info.handler;
    options.memory_mb = info.memory_mb;
    options.timeout = info.timeout;
    options.cpu_time = info.cpu_time;
    options.cpu = info.cpu;
    options.tmp_mb = info.tmp_mb;
    options.environment = info.environment;
    options.mode = info.mode;
    options.training_event = info.training_event;
    return options;
}

// Into `folder`, which is empty. The info in the answer has the logs of the load.
Result<OpenFunction> load_and_train(Engine::Impl& engine, const FunctionOptions& options, const CodeSource& code,
                                    std::int64_t created_at, const fs::path& folder) {
    FunctionInfo info = MF_TRY(load_function(engine, options, code, created_at, folder));
    const FunctionRecord record = MF_TRY(load_function_record(folder / "function.json"));
    OpenFunction loaded = MF_TRY(open_files(engine, record, folder));
    const auto trained = train(engine, loaded, options.training_event, folder);
    if (!trained) engine.log(LogLevel::debug, "the training event could not be run: " + trained.error().message());
    loaded.info = std::move(info);
    return loaded;
}

Result<FunctionInfo> load_and_publish(Engine::Impl& engine, const FunctionOptions& options, const CodeSource& code,
                                      std::int64_t created_at) {
    const Home& home = engine.home();
    const NameLock image = MF_TRY(home.lock_for_use("image", options.image));
    const Workspace workspace = MF_TRY(home.workspace());
    const fs::path folder = workspace.path() / "function";
    MF_TRY(make_folder(folder));
    const OpenFunction loaded = MF_TRY(load_and_train(engine, options, code, created_at, folder));
    MF_TRY(engine.check_interrupted());
    MF_TRY(home.publish(kKind, folder, home.function(options.name)));
    return loaded.info;
}

// Under the lock for changes of the name.
Result<FunctionInfo> load_anew(Engine::Impl& engine, std::string_view name, const FunctionUpdate& update) {
    const FunctionRecord record = MF_TRY(load_wanted_record(engine, name));
    FunctionOptions options = options_of(record.info);
    options.image = update.image.value_or(options.image);
    options.handler = update.handler.value_or(options.handler);
    options.memory_mb = update.memory_mb.value_or(options.memory_mb);
    options.timeout = update.timeout.value_or(options.timeout);
    options.cpu_time = update.cpu_time.value_or(options.cpu_time);
    options.cpu = update.cpu.value_or(options.cpu);
    options.tmp_mb = update.tmp_mb.value_or(options.tmp_mb);
    for (const std::string& variable : update.unset_environment) options.environment.erase(variable);
    for (const auto& [variable, value] : update.environment) options.environment[variable] = value;
    options.mode = update.mode.value_or(options.mode);
    options.training_event = update.training_event.value_or(options.training_event);
    CodeSource code{update.code_directory.value_or(""), engine.home().function(name) / "code.erofs"};
    if (!update.code_directory) MF_TRY(open_code(record, code.image));
    return load_and_publish(engine, options, code, record.info.created_at);
}

Result<OpenFunction> open_as_it_is(Engine::Impl& engine, std::string_view name) {
    MF_TRY(check_name("a function", name));
    const NameLock lock = MF_TRY(engine.home().lock_for_open(kKind, name));
    const FunctionRecord record = MF_TRY(load_wanted_record(engine, name));
    return open_files(engine, record, engine.home().function(name));
}

}  // namespace

MicrovmPlan OpenFunction::plan() const {
    MicrovmPlan plan;
    plan.ram_bytes = snapshot.manifest.ram_bytes;
    plan.windows = {runtime.image.window(), {code.get(), info.code_bytes, kTaskRoot}};
    plan.cpu = snapshot.manifest.cpu;
    plan.layers = {{runtime.base.memory.get(), runtime.base.manifest.extents},
                   {snapshot.memory.get(), snapshot.manifest.extents}};
    plan.page_table_frames = snapshot.manifest.page_table_frames;
    plan.monotonic_ns = snapshot.manifest.monotonic_ns;
    plan.working_set = snapshot.manifest.working_set;
    plan.base = runtime.base.digest;
    plan.cpu_share = info.cpu;
    plan.tmp_limit_bytes = std::uint64_t{info.tmp_mb} << 20;
    return plan;
}

Result<FunctionInfo> create_function(Engine::Impl& engine, const FunctionOptions& options) {
    MF_TRY(check_function_options(options));
    const NameLock lock = MF_TRY(engine.home().lock_for_change(kKind, options.name));
    std::error_code code;
    if (fs::exists(engine.home().function(options.name), code)) return already_there(engine, options.name);
    return load_and_publish(engine, options, {options.code_directory, {}}, std::time(nullptr));
}

Result<FunctionInfo> update_function(Engine::Impl& engine, std::string_view name, const FunctionUpdate& update) {
    MF_TRY(check_name("a function", name));
    const NameLock lock = MF_TRY(engine.home().lock_for_change(kKind, name));
    return load_anew(engine, name, update);
}

Result<OpenFunction> make_temporary_function(Engine::Impl& engine, const FunctionOptions& options) {
    const Workspace workspace = MF_TRY(engine.home().workspace());
    return load_and_train(engine, options, {options.code_directory, {}}, std::time(nullptr), workspace.path());
}

Result<OpenFunction> open_function(Engine::Impl& engine, std::string_view name) {
    return open_or_renew(
        engine, kKind, name, [&] { return open_as_it_is(engine, name); }, [&] { return load_anew(engine, name, {}); });
}

Result<FunctionInfo> function_info(const Engine::Impl& engine, std::string_view name) {
    return MF_TRY(load_wanted_record(engine, name)).info;
}

Result<std::vector<FunctionInfo>> list_functions(const Engine::Impl& engine) {
    const std::vector<std::string> names = MF_TRY(names_in(engine.home().functions()));
    std::vector<FunctionInfo> functions;
    for (const std::string& name : names) {
        auto info = function_info(engine, name);
        if (info)
            functions.push_back(std::move(*info));
        else if (info.error().code != ErrorCode::not_found)  // removed meanwhile
            engine.log(LogLevel::warning, info.error().message());
    }
    return functions;
}

Result<void> remove_function(const Engine::Impl& engine, std::string_view name) {
    MF_TRY(check_name("a function", name));
    const NameLock lock = MF_TRY(engine.home().lock_for_change(kKind, name));
    std::error_code code;
    if (!fs::exists(engine.home().function(name), code)) return no_such_function(name);
    return engine.home().retire(kKind, engine.home().function(name));
}

Result<std::vector<std::string>> functions_of_image(const Engine::Impl& engine, std::string_view image) {
    const std::vector<std::string> names = MF_TRY(names_in(engine.home().functions()));
    std::vector<std::string> users;
    for (const std::string& name : names) {
        const auto record = load_record(engine, name);
        if (record && record->info.image == image) users.push_back(name);
        // It may be a user; one that is damaged is none, for nobody can call it.
        if (!record && record.error().code == ErrorCode::io) return Unexpected(record.error());
    }
    return users;
}

}  // namespace mayfly::runtime
