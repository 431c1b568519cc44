// An opened function and its microVMs.
#pragma once

#include <memory>
#include <optional>

#include "mayfly/mayfly.h"
#include "runtime/engine_impl.h"
#include "runtime/function_store.h"
#include "runtime/learned_pages.h"
#include "runtime/log_budget.h"
#include "runtime/mutex.h"

namespace mayfly {

class Function::Impl {
public:
    Impl(std::shared_ptr<Engine::Impl> engine, runtime::OpenFunction opened)
        : engine_(std::move(engine)), opened_(std::move(opened)) {}

    const FunctionInfo& info() const { return opened_.info; }
    Result<Invocation> invoke(std::string_view event, const InvokeOptions& options);
    Result<void> prepare(Mode mode);

private:
    // The one microVM of a mode.
    struct Slot {
        runtime::Mutex mutex;
        std::optional<runtime::Microvm> microvm MF_GUARDED_BY(mutex);
        bool is_being_reset MF_GUARDED_BY(mutex) = false;  // only when there is one

        // Whoever takes it puts it back when it may be used again.
        std::optional<runtime::Microvm> take() MF_REQUIRES(mutex) {
            std::optional<runtime::Microvm> taken = std::move(microvm);
            microvm.reset();
            return taken;
        }
    };
    struct Request;

    Result<runtime::Microvm> start(bool trace_syscalls);
    Slot& slot_of(Mode mode) { return mode == Mode::stateful ? stateful_ : pristine_; }
    void invoke_fresh(const Request& request, Invocation& invocation);
    void invoke_in(Slot& slot, const Request& request, Invocation& invocation);
    // False: the microVM must not be used again.
    bool run(runtime::Microvm& microvm, const Request& request, Invocation& invocation);
    // From a microVM whose run had this limit.
    void take_logs(const runtime::Microvm& microvm, const runtime::Stop& stop, std::uint64_t limit, LogPolicy policy,
                   Invocation& invocation);

    std::shared_ptr<Engine::Impl> engine_;
    runtime::OpenFunction opened_;
    runtime::LearnedPages learned_pages_;
    runtime::LogBudget log_budget_;
    Slot pristine_;
    Slot stateful_;
};

}  // namespace mayfly
