// The inside of an engine. Functions and runs hold it, so that it outlives them.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "mayfly/mayfly.h"
#include "runtime/home.h"
#include "runtime/host.h"
#include "runtime/image_record_cache.h"
#include "runtime/mutex.h"

namespace mayfly {

class Engine::Impl {
public:
    Impl(runtime::Home home, EngineOptions options) : home_(std::move(home)), options_(std::move(options)) {}

    const runtime::Home& home() const { return home_; }
    const std::string& home_path() const { return options_.home; }
    const AcceptedRisks& accepted_risks() const { return options_.accept; }
    runtime::ImageRecordCache& image_records() const { return image_records_; }
    // Opens KVM at the first call.
    Result<runtime::Host*> host();
    Result<runtime::Microvm> start(runtime::MicrovmPlan plan);

    void log(LogLevel level, std::string_view text) const;
    void report(std::string_view step, std::string_view detail = {}, std::uint64_t done = 0,
                std::uint64_t total = 0) const;

    void interrupt();
    const std::atomic<bool>& interrupted() const { return is_interrupted_; }
    Result<void> check_interrupted() const;

private:
    runtime::Home home_;
    EngineOptions options_;
    std::atomic<bool> is_interrupted_{false};
    mutable runtime::ImageRecordCache image_records_;
    runtime::Mutex mutex_;
    std::unique_ptr<runtime::Host> host_ MF_GUARDED_BY(mutex_);  // never replaced once it is there
};

}  // namespace mayfly
