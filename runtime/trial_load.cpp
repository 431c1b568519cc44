#include "runtime/trial_load.h"

#include <sys/mman.h>

#include "base/file_size.h"
#include "rootfs-builder/erofs.h"
#include "runtime/function_loader.h"
#include "runtime/load_event.h"
#include "snapshot/durable_file.h"
#include "snapshot/layered_ram.h"

namespace mayfly::runtime {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kCode = R"(import json
import os


def handler(event, context):
    return {"id": context.aws_request_id, "event": json.dumps(event), "stage": os.environ.get("STAGE")}
)";

Result<UniqueFd> make_code(const fs::path& folder) {
    const fs::path sources = folder / "code";
    MF_TRY(make_folder(sources));
    MF_TRY(snapshot::write_file_durably(sources / "app.py", kCode));
    MF_TRY(rootfs::build_erofs_from_directory(sources, folder / "code.erofs"));
    return snapshot::open_regular_file(folder / "code.erofs");
}

FunctionOptions options_of(std::uint64_t ram_bytes) {
    FunctionOptions options;
    options.name = "trial";
    options.handler = "app.handler";
    options.memory_mb = static_cast<std::uint32_t>(ram_bytes >> 20);
    return options;
}

// What a restore of such a function will write to the pages of the base.
std::vector<std::uint32_t> copied_pages(const std::vector<snapshot::Extent>& extents) {
    std::vector<std::uint32_t> pages;
    for (const snapshot::Extent& extent : extents) {
        if (extent.bytes > snapshot::kMaxCopiedBytes) continue;
        for (std::uint64_t at = 0; at < extent.bytes; at += abi::kPageSize)
            pages.push_back(static_cast<std::uint32_t>((extent.ram_offset + at) / abi::kPageSize));
    }
    if (pages.size() > snapshot::kMaxWorkingSet) pages.clear();
    return pages;
}

}  // namespace

Result<void> note_what_loads_replace(Engine::Impl& engine, const OpenImage& image, const fs::path& base_folder) {
    const Workspace workspace = MF_TRY(engine.home().workspace());
    const UniqueFd code = MF_TRY(make_code(workspace.path()));
    const MicrovmPlan::Window window{code.get(), MF_TRY(file_size(code.get(), "the code")), kTaskRoot};
    OpenSnapshot base = MF_TRY(open_snapshot(base_folder, snapshot::Kind::base, *MF_TRY(engine.host())));
    auto [microvm, stop] = MF_TRY(load_code(engine, image, base, options_of(base.manifest.ram_bytes), window));
    if (!stop.has_succeeded()) return fail(ErrorCode::microvm, "it did not end well: " + stop.detail);
    const UniqueFd memory{::memfd_create("trial", MFD_CLOEXEC)};
    if (!memory) return fail_errno(ErrorCode::io, "memfd_create");
    CapturedState captured = MF_TRY(microvm.capture(memory.get(), true));
    base.manifest.working_set = copied_pages(captured.extents);
    base.manifest.replaced_pages = std::move(captured.replaced_pages);
    MF_TRY(save_snapshot_manifest(base_folder, base.manifest));
    return {};
}

}  // namespace mayfly::runtime
