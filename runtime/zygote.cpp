#include "runtime/zygote.h"

#include <array>

#include "microvm/control.pb.h"
#include "runtime/microvm_messages.h"

namespace mayfly::runtime {
namespace {

constexpr int kForkLimitMs = 20'000;  // far more than it takes: this only ends one that hangs

Unexpected<Error> gone() { return fail(ErrorCode::host, "the microVM process ended unexpectedly"); }

}  // namespace

Result<ChildProcess> Zygote::fork(int socket, int kvm) {
    const MutexLock lock(mutex_);
    const bool was_running = process_.has_value();
    auto forked = try_to_fork(socket, kvm);
    if (forked || process_ || !was_running) return forked;
    return try_to_fork(socket, kvm);  // it had died since the last time
}

// Without an answer the process is given up.
Result<ChildProcess> Zygote::try_to_fork(int socket, int kvm) {
    if (!process_) MF_TRY(start());
    control::Request request;
    request.mutable_fork();
    const std::array<int, 2> descriptors{socket, kvm};
    control::Response response;
    std::vector<UniqueFd> received;
    microvm::Channel& channel = process_->channel;
    const bool is_asked = channel.send(request, descriptors).has_value();
    const auto answer = is_asked ? channel.receive(response, received, kForkLimitMs) : microvm::Received::closed;
    if (answer && *answer == microvm::Received::message) {
        if (response.has_failed()) return Unexpected(from_message(response.failed()));
        if (response.has_forked() && received.size() == 1)
            return spawner_.adopt(response.forked().pid(), std::move(received.front()));
    }
    process_.reset();
    return gone();
}

Result<void> Zygote::start() {
    auto [mine, theirs] = MF_TRY(microvm::Channel::pair());
    ChildProcess process = MF_TRY(spawner_.spawn(theirs.fd()));
    process_.emplace(Process{std::move(process), std::move(mine)});
    return {};
}

}  // namespace mayfly::runtime
