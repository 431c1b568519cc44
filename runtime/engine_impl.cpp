#include "runtime/engine_impl.h"

#include "base/monotonic_clock.h"
#include "runtime/clock.h"

namespace mayfly {

Result<runtime::Host*> Engine::Impl::host() {
    const runtime::MutexLock lock(mutex_);
    MF_TRY(check_interrupted());
    if (host_ != nullptr) return host_.get();
    host_ = MF_TRY(runtime::Host::create(options_.accept));
    const std::string missing = host_->groups().missing();
    if (!missing.empty())
        log(LogLevel::warning, "microVM processes are bounded by their guest kernel only, without control groups for " +
                                   missing + " (mayfly doctor)");
    return host_.get();
}

Result<runtime::Microvm> Engine::Impl::start(runtime::MicrovmPlan plan) {
    runtime::Host& host = *MF_TRY(this->host());
    const std::string what = "a microVM of " + std::to_string(plan.ram_bytes >> 20) + " MB from " +
                             (plan.cpu ? "a snapshot" : "a cold boot");
    const std::uint64_t begin = monotonic_ns();
    auto microvm = host.start(std::move(plan));
    for (const std::string& weakness : host.take_weaknesses()) log(LogLevel::warning, weakness);
    if (const auto failure = host.ready().take_failure())
        log(LogLevel::warning, "a microVM that was to be kept ready could not be made: " + failure->message());
    const std::string microseconds = std::to_string((monotonic_ns() - begin) / 1000);
    log(LogLevel::debug, microvm ? "started " + what + " in " + microseconds + " us"
                                 : what + " could not be started: " + microvm.error().message());
    return microvm;
}

void Engine::Impl::log(LogLevel level, std::string_view text) const {
    if (options_.log) options_.log(level, text);
}

void Engine::Impl::report(std::string_view step, std::string_view detail, std::uint64_t done,
                          std::uint64_t total) const {
    if (options_.progress) options_.progress({step, detail, done, total});
}

void Engine::Impl::interrupt() {
    is_interrupted_ = true;
    const runtime::MutexLock lock(mutex_);
    if (host_ != nullptr) host_->spawner().interrupt();
}

Result<void> Engine::Impl::check_interrupted() const {
    if (is_interrupted_) return fail(ErrorCode::unavailable, "interrupted");
    return {};
}

}  // namespace mayfly
