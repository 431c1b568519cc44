#include "runtime/zygote.h"

#include <vector>

#include "microvm/control.pb.h"
#include "runtime/microvm_messages.h"
#include "runtime/microvm_requests.h"

namespace mayfly::runtime {
namespace {

constexpr int kPrepareLimitMs = 20'000;  // a network namespace takes its time on a busy host
constexpr int kForkLimitMs = 5000;       // far more than it takes: this only ends one that hangs

void add(const ControlGroup& group, control::Fork& request, std::vector<int>& descriptors) {
    if (group.directory() >= 0) descriptors.push_back(group.directory());
    request.set_into_group(group.directory() >= 0);
    const std::vector<int> tasks = group.task_files();
    descriptors.insert(descriptors.end(), tasks.begin(), tasks.end());
}

Unexpected<Error> ended_unexpectedly() {
    return fail(ErrorCode::host, "the process that microVMs are forked from ended unexpectedly");
}

}  // namespace

// A process that gives no answer is given up, and so is one whose answer nobody has taken.
Result<ChildProcess> Zygote::fork(int socket, int kvm, const ControlGroup* group) {
    const MutexLock lock(mutex_);
    if (!process_) MF_TRY(start());
    std::optional<Process> process = std::move(process_);
    process_.reset();
    if (!process->is_prepared) MF_TRY(await_prepared(*process));
    control::Request request;
    request.mutable_fork();
    std::vector<int> descriptors{socket, kvm};
    if (group != nullptr) add(*group, *request.mutable_fork(), descriptors);
    control::Response response;
    std::vector<UniqueFd> received;
    const bool is_asked = process->channel.send(request, descriptors).has_value();
    const auto answer =
        is_asked ? process->channel.receive(response, received, kForkLimitMs) : microvm::Received::closed;
    if (!answer || *answer != microvm::Received::message) return ended_unexpectedly();
    const bool has_forked = response.has_forked() && received.size() == 1;
    if (!has_forked && !response.has_failed()) return ended_unexpectedly();
    process_.emplace(std::move(*process));
    if (!has_forked) return Unexpected(from_message(response.failed()));
    return spawner_.adopt(response.forked().pid(), std::move(received.front()));
}

void Zygote::start_ahead() {
    const MutexLock lock(mutex_);
    if (!process_) static_cast<void>(start());
}

Result<void> Zygote::start() {
    auto [mine, theirs] = MF_TRY(microvm::Channel::pair());
    ChildProcess process = MF_TRY(spawner_.spawn(theirs.fd()));
    theirs = microvm::Channel{UniqueFd{}};  // so that its death is seen
    control::Request request;
    control::Prepare& prepare = *request.mutable_prepare();
    prepare.set_accept_no_namespaces(accepted_.no_namespaces);
    prepare.set_accept_no_unique_ids(accepted_.no_unique_ids);
    prepare.set_accept_no_seccomp(accepted_.no_seccomp);
    if (!mine.send(request)) return ended_unexpectedly();
    process_.emplace(Process{std::move(process), std::move(mine)});
    return {};
}

Result<void> Zygote::await_prepared(Process& process) {
    control::Response response;
    std::vector<UniqueFd> none;
    const auto answer = process.channel.receive(response, none, kPrepareLimitMs);
    if (!answer || *answer != microvm::Received::message) return ended_unexpectedly();
    if (response.has_failed()) return Unexpected(from_message(response.failed()));
    if (!response.has_prepared()) return ended_unexpectedly();
    for (const std::string& weakness : response.prepared().weaknesses()) weaknesses_.push_back(weakness);
    process.is_prepared = true;
    return {};
}

std::vector<std::string> Zygote::take_weaknesses() {
    const MutexLock lock(mutex_);
    return std::exchange(weaknesses_, {});
}

}  // namespace mayfly::runtime
