// One microVM seen from its parent: a process, the control socket and the exchange area. Everything that
// comes from there is checked here; what leaves this class can be trusted to be in bounds.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "abi/doorbell.h"
#include "base/error.h"
#include "microvm/channel.h"
#include "runtime/clock.h"
#include "runtime/control_group.h"
#include "runtime/exchange_area.h"
#include "runtime/spawner.h"
#include "runtime/zygote.h"
#include "snapshot/manifest.h"

namespace mayfly::control {
class Response;
class Run;
class Stopped;
}  // namespace mayfly::control

namespace mayfly::runtime {

// What a microVM is started from. Descriptors belong to the caller and are needed during start() only.
struct MicrovmPlan {
    struct Window {
        int fd;
        std::uint64_t bytes;
        std::string mount_path;
    };
    struct Layer {
        int fd;
        std::vector<snapshot::Extent> extents;
    };

    int kvm = -1;
    std::uint64_t ram_bytes = 0;
    std::vector<Window> windows;
    std::optional<snapshot::CpuState> cpu;  // absent: a cold boot
    std::vector<Layer> layers;
    std::vector<std::uint64_t> page_table_frames;
    std::uint64_t monotonic_ns = 0;
    std::vector<std::uint32_t> working_set;
    std::vector<std::uint32_t> replaced_pages;  // of the base, by the function that will follow; of Microvm::prepare()
    // The manifest of the base snapshot, when the first layer is its memory and the first window its image.
    std::optional<snapshot::Sha256> base;
    int input = -1;
    bool may_be_captured = false;
    bool trace_syscalls = false;
    double cpu_share = 0;               // of one processor; 0: no limit
    std::uint64_t tmp_limit_bytes = 0;  // 0: half of RAM
};

enum class EventKind { boot, load, invoke, rehearse, practise, touch };

struct RunRequest {
    EventKind kind = EventKind::invoke;
    std::string_view event;
    std::string_view request_id;
    std::uint64_t timeout_ns = 0;   // 0: none
    std::uint64_t cpu_time_ns = 0;  // 0: no limit
    bool reset_after = false;
    std::uint64_t log_limit_bytes = 0;
    std::vector<MicrovmPlan::Window> new_windows;
    std::uint64_t ram_bytes = 0;
    bool report_written = false;
    std::function<void(LogStream, std::string_view)> output;  // called while running, if there is one
};

enum class StopReason { waiting, exited, panic, crashed, timed_out, out_of_cpu_time, out_of_memory, host_error };

struct Stop {
    StopReason reason = StopReason::host_error;
    std::string detail;  // printable
    std::uint32_t reply_status = 0;
    std::uint64_t reply_length = 0;
    std::uint32_t exit_status = 0;  // as wait(2)
    std::uint64_t log_bytes = 0;
    // With report_written: the private pages, and so those that the event wrote; ascending, at most kMaxWorkingSet.
    std::vector<std::uint32_t> written_pages;
    // The receipt's fields that the process measures.
    Receipt used;

    // It waits, and what it replied to its event is no error. (A boot and a touch have no reply.)
    bool has_succeeded() const {
        return reason == StopReason::waiting && reply_status == static_cast<std::uint32_t>(abi::ReplyStatus::success);
    }
};

struct ResetTimes {
    std::uint64_t ns = 0;
    std::uint64_t pages = 0;
};

struct CapturedState {
    snapshot::CpuState cpu;
    std::vector<snapshot::Extent> extents;
    std::vector<std::uint64_t> page_table_frames;
    std::uint64_t monotonic_ns = 0;
    std::vector<std::uint32_t> replaced_pages;  // of the snapshot below
};

// What microVM processes are made of; all of it outlives them.
struct ProcessSource {
    Zygote& zygote;
    ControlGroups* groups = nullptr;  // null: processes are in the caller's
};

class Microvm {
public:
    // Returns once there is a process, which sets itself up meanwhile: how that went, await_ready() or the first
    // call after it says. ErrorCode::host when it died on the way.
    static Result<Microvm> start(const ProcessSource& source, const MicrovmPlan& plan);
    Result<void> await_ready();
    // In two steps: with what a runtime's functions have in common, where rehearsals may run and be reset, and with all
    // of such a plan.
    static Result<Microvm> prepare(const ProcessSource& source, const MicrovmPlan& base);
    Result<void> restore(const MicrovmPlan& plan);

    // An Error when the process is gone or speaks nonsense: then it must not be used again.
    Result<Stop> run(const RunRequest& request);
    // After a run with reset_after that ended in `waiting`.
    Result<ResetTimes> await_reset();
    // Only while it waits. Writes its memory to file.
    Result<CapturedState> capture(int file, bool only_changed);

    const ExchangeArea& exchange() const { return exchange_; }
    void kill_and_wait() { process_.kill_and_wait(); }
    bool has_ended() const { return process_.has_ended(); }

private:
    Microvm(std::optional<ControlGroup> group, ChildProcess process, microvm::Channel channel, ExchangeArea exchange)
        : group_(std::move(group)),
          process_(std::move(process)),
          channel_(std::move(channel)),
          exchange_(std::move(exchange)) {}
    static Result<Microvm> start(const ProcessSource& source, const MicrovmPlan& plan, bool expects_restore);
    static Result<Microvm> try_to_start(const ProcessSource& source, const MicrovmPlan& plan, bool expects_restore);
    Result<void> send_run(const RunRequest& request);
    Result<Stop> await_stop(const RunRequest& request);
    Result<void> receive(control::Response& response, Deadline deadline);
    // How to wait for the answer to what is sent now.
    microvm::Wait choose_wait();
    bool has_run_out_of_memory() { return group_ && group_->has_run_out_of_memory(); }

    std::optional<ControlGroup> group_;
    ChildProcess process_;
    microvm::Channel channel_;
    ExchangeArea exchange_;
    microvm::PollWindow process_window_;  // that of the process, as far as can be told from here
    std::uint64_t stopped_ns_ = 0;        // when it last answered a run
    microvm::Wait wait_ = microvm::Wait::asleep;
    int answers_due_ = 1;  // to what was asked without waiting
};

}  // namespace mayfly::runtime
