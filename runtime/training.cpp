#include "runtime/training.h"

#include <algorithm>
#include <chrono>

#include "abi/layout.h"
#include "runtime/rehearsal.h"

namespace mayfly::runtime {
namespace {

constexpr std::chrono::milliseconds kLongest{1000};

Result<Stop> run_once(Engine::Impl& engine, const OpenFunction& function, std::string_view event) {
    Microvm microvm = MF_TRY(engine.start(function.plan()));
    RunRequest request = rehearsal();
    if (!event.empty()) {
        request.kind = EventKind::invoke;
        request.event = event;
        request.request_id = "training";
    }
    const std::chrono::nanoseconds timeout = std::min(function.info.timeout, kLongest);
    request.timeout_ns = static_cast<std::uint64_t>(timeout.count());
    request.report_written = true;
    return microvm.run(request);
}

}  // namespace

Result<void> train(Engine::Impl& engine, OpenFunction& function, std::string_view event,
                   const std::filesystem::path& folder) {
    const Stop stop = MF_TRY(run_once(engine, function, event));
    const std::string outcome = stop.reason == StopReason::waiting ? "" : ", which did not end well: " + stop.detail;
    engine.log(LogLevel::debug,
               "a training event wrote " + std::to_string(stop.written_pages.size()) + " pages" + outcome);
    snapshot::Manifest& manifest = function.snapshot.manifest;
    manifest.working_set = stop.written_pages;
    const auto beyond =
        std::lower_bound(manifest.working_set.begin(), manifest.working_set.end(), manifest.ram_bytes / abi::kPageSize);
    manifest.working_set.erase(beyond, manifest.working_set.end());
    function.snapshot.digest = MF_TRY(save_snapshot_manifest(folder, manifest));
    return {};
}

}  // namespace mayfly::runtime
