#include "runtime/microvm_requests.h"

#include <sched.h>

#include "microvm/state_messages.h"

namespace mayfly::runtime {
namespace {

void to_message(const MicrovmPlan::Window& window, control::Window& out) {
    out.set_bytes(window.bytes);
    out.set_mount_path(window.mount_path);
}

control::EventKind kind_of(EventKind kind) {
    switch (kind) {
    case EventKind::boot: return control::EVENT_BOOT;
    case EventKind::load: return control::EVENT_LOAD;
    case EventKind::invoke: return control::EVENT_INVOKE;
    case EventKind::rehearse: return control::EVENT_REHEARSE;
    case EventKind::practise: return control::EVENT_PRACTISE;
    case EventKind::touch: return control::EVENT_TOUCH;
    }
    return control::EVENT_NONE;
}

}  // namespace

void to_message(const MicrovmPlan& plan, control::Start& out) {
    out.set_ram_bytes(plan.ram_bytes);
    for (const MicrovmPlan::Window& window : plan.windows) to_message(window, *out.add_windows());
    if (plan.cpu) microvm::to_message(*plan.cpu, *out.mutable_cpu());
    for (const MicrovmPlan::Layer& layer : plan.layers) microvm::to_message(layer.extents, *out.add_layers());
    out.set_has_input(plan.input >= 0);
    out.set_may_be_captured(plan.may_be_captured);
    out.set_trace_syscalls(plan.trace_syscalls);
    out.set_tmp_limit_bytes(plan.tmp_limit_bytes);
    for (const std::uint64_t frame : plan.page_table_frames) out.add_page_table_frames(frame);
    out.set_monotonic_ns(plan.monotonic_ns);
    out.mutable_working_set()->Assign(plan.working_set.begin(), plan.working_set.end());
    out.mutable_replaced_pages()->Assign(plan.replaced_pages.begin(), plan.replaced_pages.end());
}

void to_message(const MicrovmPlan& plan, control::Restore& out) {
    for (const MicrovmPlan::Window& window : std::span(plan.windows).subspan(1)) to_message(window, *out.add_windows());
    for (const MicrovmPlan::Layer& layer : std::span(plan.layers).subspan(1))
        microvm::to_message(layer.extents, *out.add_layers());
    if (plan.cpu) microvm::to_message(*plan.cpu, *out.mutable_cpu());
    out.mutable_page_table_frames()->Assign(plan.page_table_frames.begin(), plan.page_table_frames.end());
    out.set_monotonic_ns(plan.monotonic_ns);
    out.mutable_working_set()->Assign(plan.working_set.begin(), plan.working_set.end());
    out.set_tmp_limit_bytes(plan.tmp_limit_bytes);
}

void to_message(const RunRequest& request, control::Run& out) {
    out.set_event(kind_of(request.kind));
    out.set_event_length(static_cast<std::uint32_t>(request.event.size()));
    out.set_request_id(std::string(request.request_id));
    out.set_timeout_ns(request.timeout_ns);
    out.set_cpu_time_ns(request.cpu_time_ns);
    out.set_reset_after(request.reset_after);
    out.set_stream_output(static_cast<bool>(request.output));
    out.set_log_limit_bytes(request.log_limit_bytes);
    for (const MicrovmPlan::Window& window : request.new_windows) to_message(window, *out.add_new_windows());
    out.set_ram_bytes(request.ram_bytes);
    out.set_report_written(request.report_written);
    const int processor = ::sched_getcpu();
    out.set_caller_processor(processor < 0 ? 0 : static_cast<std::uint32_t>(processor) + 1);
}

}  // namespace mayfly::runtime
