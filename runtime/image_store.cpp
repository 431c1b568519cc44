#include "runtime/image_store.h"

#include <algorithm>

#include "rootfs-builder/recipe.h"
#include "runtime/function_store.h"
#include "runtime/limits.h"
#include "runtime/names.h"
#include "runtime/records.h"
#include "runtime/renewal.h"
#include "snapshot/durable_file.h"
#include "snapshot/verified_memory.h"

namespace mayfly::runtime {
namespace {

namespace fs = std::filesystem;

constexpr const char* kKind = "image";

Unexpected<Error> no_such_image(std::string_view name) {
    return fail(ErrorCode::not_found, "there is no image '" + std::string(name) + "'");
}

// Of an image that may be absent or unreadable: only its name tells how it was made.
std::string build_command(std::string_view name) {
    const std::string text(name);
    return rootfs::find_recipe(text) ? "`mayfly image build " + text + "`"
                                     : "`mayfly image build RUNTIME --name " + text + "`";
}

Unexpected<Error> damaged(std::string_view name, const Error& error) {
    return fail(error.code == ErrorCode::incompatible ? error.code : ErrorCode::corrupt,
                "image '" + std::string(name) + "' can't be used: " + error.message() + "; build it again with " +
                    build_command(name));
}

Result<ImageRecord> load_record(const Engine::Impl& engine, std::string_view name) {
    MF_TRY(check_name("an image", name));
    auto record = load_image_record(engine.home().image(name) / "image.json", engine.image_records());
    std::error_code code;
    if (!record && !fs::exists(engine.home().image(name), code)) {
        Unexpected<Error> absent = no_such_image(name);
        absent.error().what += ": build it with " + build_command(name);
        return absent;
    }
    if (!record && (is_damage(record.error()) || record.error().code == ErrorCode::incompatible))
        return damaged(name, record.error());
    if (record) record->info.path = (engine.home().image(name) / "image.erofs").string();
    return record;
}

Result<OpenImage> open_files(const Engine::Impl& engine, std::string_view name) {
    ImageRecord record = MF_TRY(load_record(engine, name));
    const auto digest = snapshot::from_hex(record.info.digest);
    if (!digest) return damaged(name, {ErrorCode::corrupt, "it has no digest", 0});
    auto verified = snapshot::open_verified_memory(record.info.path, record.info.bytes, record.file_xxh3,
                                                   snapshot::MappedBy::large_pages);
    if (!verified && is_damage(verified.error())) return damaged(name, verified.error());
    auto file = MF_TRY(std::move(verified));
    return OpenImage{std::move(record.info), *digest, std::move(file)};
}

Result<OpenSnapshot> open_base(Engine::Impl& engine, const OpenImage& image) {
    Host& host = *MF_TRY(engine.host());
    auto base = open_snapshot(engine.home().image(image.info.name) / "base", snapshot::Kind::base, host);
    if (!base && is_damage(base.error())) return damaged(image.info.name, base.error());
    if (base && base->manifest.windows.front() != image.window_image())
        return damaged(image.info.name, {ErrorCode::corrupt, "its base snapshot belongs to another image", 0});
    return base;
}

// Under the lock for changes of the name. The image file is linked, not copied.
Result<void> renew_base(Engine::Impl& engine, std::string_view name) {
    const Home& home = engine.home();
    const OpenImage image = MF_TRY(open_image(engine, name));
    const Workspace workspace = MF_TRY(home.workspace());
    const fs::path folder = workspace.path() / "image";
    MF_TRY(make_folder(folder));
    std::error_code code;
    for (const char* file : {"image.erofs", "image.json"})
        if (!code) fs::create_hard_link(home.image(name) / file, folder / file, code);
    if (code) return Unexpected(Error{ErrorCode::io, "linking the files of an image", code.value()});
    MF_TRY(make_base_snapshot(engine, image, folder));
    return home.publish(kKind, folder, home.image(name));
}

}  // namespace

MicrovmPlan plan_of(const OpenImage& image, const OpenSnapshot& base, std::uint64_t ram_bytes) {
    MicrovmPlan plan;
    plan.ram_bytes = ram_bytes;
    plan.windows = {image.window()};
    plan.layers = {{base.memory.get(), base.manifest.extents}};
    plan.cpu = base.manifest.cpu;
    plan.page_table_frames = base.manifest.page_table_frames;
    plan.monotonic_ns = base.manifest.monotonic_ns;
    return plan;
}

Result<OpenImage> open_image(const Engine::Impl& engine, std::string_view name) {
    MF_TRY(check_name("an image", name));
    const NameLock lock = MF_TRY(engine.home().lock_for_open(kKind, name));
    return open_files(engine, name);
}

Result<OpenRuntime> open_runtime_as_it_is(Engine::Impl& engine, std::string_view name) {
    MF_TRY(check_name("an image", name));
    const NameLock lock = MF_TRY(engine.home().lock_for_open(kKind, name));
    OpenImage image = MF_TRY(open_files(engine, name));
    if (image.info.runtime.empty())
        return fail(ErrorCode::usage, "image '" + std::string(name) + "' has no runtime: functions can't run in it");
    OpenSnapshot base = MF_TRY(open_base(engine, image));
    return OpenRuntime{std::move(image), std::move(base)};
}

Result<OpenRuntime> open_runtime(Engine::Impl& engine, std::string_view name) {
    return open_or_renew(
        engine, kKind, name, [&] { return open_runtime_as_it_is(engine, name); },
        [&] { return renew_base(engine, name); });
}

Result<void> keep_ready(Engine::Impl& engine, std::string_view image, std::size_t count, std::uint32_t memory_mb) {
    MF_TRY(check_memory(memory_mb));
    if (count == 0) {  // of an image that is gone, too
        (*MF_TRY(engine.host())).ready().end(std::string(image), std::uint64_t{memory_mb} << 20);
        return {};
    }
    OpenRuntime runtime = MF_TRY(open_runtime(engine, image));
    ReadyBase base;
    base.image_name = image;
    base.digest = runtime.base.digest;
    base.plan = plan_of(runtime.image, runtime.base, std::uint64_t{memory_mb} << 20);
    base.plan.working_set = runtime.base.manifest.working_set;
    base.plan.replaced_pages = runtime.base.manifest.replaced_pages;
    base.ram_bytes = runtime.base.manifest.ram_bytes;
    base.image = std::move(runtime.image.file);
    base.memory = std::move(runtime.base.memory);
    return (*MF_TRY(engine.host())).keep_ready(std::move(base), count);
}

Result<ImageInfo> image_info(const Engine::Impl& engine, std::string_view name) {
    ImageInfo info = MF_TRY(load_record(engine, name)).info;
    // An image with a damaged base can still be listed, removed and built again.
    const auto base = snapshot::load_manifest(engine.home().image(name) / "base" / "manifest");
    if (base) {
        info.base_ram_bytes = base->manifest.ram_bytes;
        info.base_snapshot_bytes = base->manifest.memory_bytes;
    }
    info.functions = MF_TRY(functions_of_image(engine, name));
    return info;
}

Result<std::vector<ImageInfo>> list_images(const Engine::Impl& engine) {
    const std::vector<std::string> names = MF_TRY(names_in(engine.home().images()));
    std::vector<ImageInfo> images;
    for (const std::string& name : names) {
        auto info = image_info(engine, name);
        if (info)
            images.push_back(std::move(*info));
        else if (info.error().code != ErrorCode::not_found)  // removed meanwhile
            engine.log(LogLevel::warning, info.error().message());
    }
    return images;
}

Result<void> remove_image(const Engine::Impl& engine, std::string_view name) {
    MF_TRY(check_name("an image", name));
    const NameLock lock = MF_TRY(engine.home().lock_for_change(kKind, name));
    std::error_code code;
    if (!fs::exists(engine.home().image(name), code)) return no_such_image(name);
    const NameLock removal = MF_TRY(engine.home().lock_for_removal(kKind, name));
    const std::vector<std::string> users = MF_TRY(functions_of_image(engine, name));
    if (!users.empty())
        return fail(ErrorCode::usage,
                    "function '" + users.front() + "'" +
                        (users.size() > 1 ? " and " + std::to_string(users.size() - 1) + " more" : "") +
                        " use image '" + std::string(name) + "': remove them first");
    return engine.home().retire(kKind, engine.home().image(name));
}

}  // namespace mayfly::runtime
