#include "microvm/server.h"

#include <algorithm>

#include "base/monotonic_clock.h"
#include "microvm/allowed_calls.h"
#include "microvm/messages.h"
#include "microvm/process.h"
#include "vmm/kvm.h"
#include "vmm/pvm_cpuid.h"
#include "vmm/spare_vcpu.h"

namespace mayfly::microvm {
namespace {

constexpr std::size_t kMaxOutputBytes = 64 << 10;

// Whoever forks so many goes on to. For fewer a spare vCPU (vmm/spare_vcpu.h) does not pay: two virtual machines that
// end at once, its own and the last microVM's, may wait 14 ms for each other, and so does a command that ends with
// them.
constexpr unsigned kForksToASpare = 4;

// What this process may have mapped for itself: the kernel's file, heap, copies of a log and of a control message. A
// capture of all RAM lists its pages.
constexpr std::uint64_t private_bytes(std::uint64_t ram_bytes) { return ram_bytes + ram_bytes / 32 + (64ull << 20); }

Purpose purpose_of(const control::Start& request) {
    if (request.may_be_captured()) return Purpose::capture;
    return request.has_input() ? Purpose::program : Purpose::function;
}

}  // namespace

Result<void> Server::serve() {
    control::Request request;
    std::vector<UniqueFd> descriptors;
    for (;;) {
        if (MF_TRY(channel_.receive(request, descriptors)) == Received::closed) return {};
        const auto answered = answer(request, std::move(descriptors));
        if (answered) continue;
        control::Response response;
        to_message(answered.error(), *response.mutable_failed());
        MF_TRY(channel_.send(response));
    }
}

Result<void> Server::answer(const control::Request& request, std::vector<UniqueFd> descriptors) {
    switch (request.kind_case()) {
    case control::Request::kStart: return start(request.start(), std::move(descriptors));
    case control::Request::kRun: return run(request.run(), std::move(descriptors));
    case control::Request::kCapture: return capture(request.capture(), descriptors);
    case control::Request::kFork: return fork(request.fork(), std::move(descriptors));
    case control::Request::kPrepare: return prepare(request.prepare());
    case control::Request::kRestore: return restore(request.restore(), std::move(descriptors));
    case control::Request::KIND_NOT_SET: break;
    }
    return fail(ErrorCode::usage, "a request of an unknown kind");
}

Result<void> Server::prepare(const control::Prepare& request) {
    if (jail_) return fail(ErrorCode::usage, "this process is prepared already");
    const jail::AcceptedRisks accepted{.no_namespaces = request.accept_no_namespaces(),
                                       .no_unique_ids = request.accept_no_unique_ids(),
                                       .no_seccomp = request.accept_no_seccomp()};
    jail_ = MF_TRY(jail::Jail::prepare(accepted, all_allowed_calls()));
    follow_parent(channel_.fd());
    control::Response response;
    for (const std::string& weakness : jail_->weaknesses()) response.mutable_prepared()->add_weaknesses(weakness);
    response.mutable_prepared();
    return channel_.send(response);
}

// The child goes on in the same loop, on its own socket. One that could not be jailed says so and ends.
Result<void> Server::fork(const control::Fork& request, std::vector<UniqueFd> descriptors) {
    if (microvm_ != nullptr) return fail(ErrorCode::usage, "this process has a microVM, so it can't be forked");
    if (!jail_) return fail(ErrorCode::usage, "a fork came before the jail was prepared");
    const std::size_t before_tasks = request.into_group() ? 3 : 2;
    if (descriptors.size() < before_tasks) return fail(ErrorCode::usage, "a fork needs a socket and /dev/kvm");
    ++forks_;
    if (!supported_ || forks_ == kForksToASpare)
        MF_TRY(learn_of_kvm(MF_TRY(vmm::Kvm::adopt(std::move(descriptors[1])))));
    const Forked forked = MF_TRY(fork_microvm_process(
        descriptors[0], jail_->clone_flags(),
        {request.into_group() ? descriptors[2].get() : -1, std::span(descriptors).subspan(before_tasks)}));
    if (forked.pid == 0) {
        spare_vcpu_.reset();
        return enter_jail();
    }
    control::Response response;
    response.mutable_forked()->set_pid(forked.pid);
    const int handle = forked.handle.get();
    return channel_.send(response, {&handle, 1});
}

// Known once, known to all that are forked: KVM's answer takes a quarter of a millisecond on a virtual machine.
Result<void> Server::learn_of_kvm(const vmm::Kvm& kvm) {
    if (forks_ == kForksToASpare) spare_vcpu_ = vmm::make_spare_vcpu(kvm);
    if (!supported_) supported_ = MF_TRY(vmm::cpuid_for_microvms(kvm));
    return {};
}

Result<void> Server::enter_jail() {
    MF_TRY(jail_->enter());
    follow_parent(channel_.fd());
    pagemap_ = snapshot::Pagemap::adopt(jail_->take_pagemap());
    return {};
}

Result<void> Server::start(const control::Start& request, std::vector<UniqueFd> descriptors) {
    auto pagemap = std::exchange(pagemap_, std::nullopt);
    if (!pagemap) return fail(ErrorCode::usage, "this process is in no jail, or has been started already");
    const std::uint64_t begin = monotonic_ns();
    auto microvm = MF_TRY(MicroVm::start(request, std::move(descriptors), kernel_elf_, std::move(*pagemap),
                                         supported_ ? &*supported_ : nullptr));
    MF_TRY(jail_->lock(static_cast<std::size_t>(purpose_of(request)), private_bytes(request.ram_bytes())));
    may_be_captured_ = request.may_be_captured();
    microvm_ = std::move(microvm);
    control::Response response;
    response.mutable_ready()->set_setup_ns(monotonic_ns() - begin);
    return channel_.send(response);
}

Result<void> Server::restore(const control::Restore& request, std::vector<UniqueFd> descriptors) {
    if (microvm_ == nullptr) return fail(ErrorCode::usage, "a restore came before a start");
    const std::uint64_t begin = monotonic_ns();
    MF_TRY(microvm_->restore(request, std::move(descriptors)));
    has_run_ = false;
    control::Response response;
    response.mutable_ready()->set_setup_ns(monotonic_ns() - begin);
    return channel_.send(response);
}

Result<void> Server::run(const control::Run& request, std::vector<UniqueFd> descriptors) {
    if (microvm_ == nullptr) return fail(ErrorCode::usage, "a run came before a start");
    Result<void> streamed;
    const auto sink = [&](abi::LogStream stream, std::span<const std::byte> text) {
        if (streamed) streamed = send_output(stream, text);
    };
    // The caller stays awake only for a process that was awake itself; otherwise it leaves its processor to this one.
    // Nor does it pay for a load or for the first event, which may be the only one: moving takes a tenth of a
    // millisecond.
    const bool may_move = !may_be_captured_ && std::exchange(has_run_, true) && !channel_.has_slept();
    if (may_move && request.caller_processor() != 0) placement_.keep_off(request.caller_processor() - 1);
    control::Response response;
    MF_TRY(microvm_->run(request, std::move(descriptors), sink, *response.mutable_stopped()));
    MF_TRY(std::move(streamed));
    MF_TRY(channel_.send(response));

    if (!request.reset_after() || !microvm_->is_waiting()) return {};
    MF_TRY(microvm_->reset(*response.mutable_clean()));
    return channel_.send(response);
}

Result<void> Server::capture(const control::Capture& request, const std::vector<UniqueFd>& descriptors) {
    if (microvm_ == nullptr) return fail(ErrorCode::usage, "a capture came before a start");
    if (!may_be_captured_) return fail(ErrorCode::usage, "this microVM was not started to be captured");
    if (descriptors.size() != 1) return fail(ErrorCode::usage, "a capture needs one descriptor, the file to write to");
    control::Response response;
    MF_TRY(microvm_->capture(request, descriptors.front(), *response.mutable_captured()));
    return channel_.send(response);
}

Result<void> Server::send_output(abi::LogStream stream, std::span<const std::byte> text) {
    while (!text.empty()) {
        const auto part = text.first(std::min(text.size(), kMaxOutputBytes));
        control::Response response;
        response.mutable_output()->set_stream(static_cast<std::uint32_t>(stream));
        response.mutable_output()->set_data(part.data(), part.size());
        MF_TRY(channel_.send(response));
        text = text.subspan(part.size());
    }
    return {};
}

}  // namespace mayfly::microvm
