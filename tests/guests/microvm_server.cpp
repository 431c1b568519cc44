#include "microvm_server.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>

#include "microvm/process.h"
#include "microvm/server.h"

namespace mayfly::test {
namespace {

using microvm::Channel;
using microvm::Received;

constexpr std::uint64_t kRamBytes = 32 << 20;

int status_of(pid_t pid) {
    int status = 0;
    while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    return status;
}

std::vector<char> read_guest(const std::string& name) {
    std::ifstream file(std::string(GUEST_DIRECTORY) + "/" + name + ".elf", std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

MicroVmServer::MicroVmServer(const std::string& guest) : elf_(read_guest(guest)), exchange_(new_file()) {
    EXPECT_EQ(::ftruncate(exchange_.get(), abi::kExchangeBytes), 0);
    view_ = Mapping::of(exchange_, abi::kExchangeBytes, PROT_READ | PROT_WRITE, MAP_SHARED).value();
    auto zygote = Channel::pair().value();
    zygote_ = ::fork();
    if (zygote_ == 0) serve(std::move(zygote.second));
    zygote.second = Channel{UniqueFd{}};
    parent_.emplace(std::move(zygote.first));
    control::Request request;
    request.mutable_prepare();
    EXPECT_TRUE(ask(request).has_prepared());

    auto ends = Channel::pair().value();
    const UniqueFd kvm{::open("/dev/kvm", O_RDWR | O_CLOEXEC)};
    request.mutable_fork();
    process_ = ask(request, {ends.second.fd(), kvm.get()}).forked().pid();
    EXPECT_GT(process_, 0);
    parent_.emplace(std::move(ends.first));
}

MicroVmServer::~MicroVmServer() {
    parent_.reset();
    EXPECT_EQ(status_of(zygote_), 0);
    EXPECT_EQ(process_ > 0 ? status_of(process_) : 0, 0);
}

control::Response MicroVmServer::ask(const control::Request& request, std::vector<int> descriptors) {
    EXPECT_TRUE(parent_->send(request, descriptors));
    return next();
}

control::Response MicroVmServer::next() {
    control::Response response;
    std::vector<UniqueFd> descriptors;
    const auto received = parent_->receive(response, descriptors, 20'000);
    EXPECT_TRUE(received && *received == Received::message);
    return response;
}

control::Response MicroVmServer::start(const control::Request& request, const std::vector<int>& more) {
    const UniqueFd kvm{::open("/dev/kvm", O_RDWR | O_CLOEXEC)};
    std::vector<int> descriptors = {kvm.get(), exchange_.get()};
    descriptors.insert(descriptors.end(), more.begin(), more.end());
    return ask(request, descriptors);
}

control::Response MicroVmServer::run(control::EventKind event, bool reset_after) {
    control::Request request;
    request.mutable_run()->set_event(event);
    request.mutable_run()->set_timeout_ns(10'000'000'000);
    request.mutable_run()->set_reset_after(reset_after);
    request.mutable_run()->set_log_limit_bytes(4096);
    return ask(request);
}

std::uint64_t MicroVmServer::reply_word(std::size_t index) const {
    std::uint64_t word = 0;
    std::memcpy(&word, view_.data() + abi::kReplyOffset + index * sizeof word, sizeof word);
    return word;
}

UniqueFd MicroVmServer::new_file() { return UniqueFd{::memfd_create("test", MFD_CLOEXEC)}; }

void MicroVmServer::serve(Channel socket) const {
    // Where a forked process puts its own.
    if (::dup3(socket.fd(), microvm::kControlDescriptor, O_CLOEXEC) < 0) ::_exit(1);
    ::close_range(microvm::kControlDescriptor + 1, ~0u, 0);
    ::clearenv();
    microvm::Server server{Channel{UniqueFd{microvm::kControlDescriptor}}, std::as_bytes(std::span(elf_))};
    ::_exit(server.serve() ? 0 : 1);
}

control::Request cold_start() {
    control::Request request;
    request.mutable_start()->set_ram_bytes(kRamBytes);
    request.mutable_start()->set_may_be_captured(true);
    return request;
}

Snapshot capture_waiting(const std::string& guest) {
    MicroVmServer server(guest);
    EXPECT_TRUE(server.start(cold_start()).has_ready());
    EXPECT_EQ(server.run(control::EVENT_BOOT).stopped().reason(), control::STOP_WAITING);
    UniqueFd file = MicroVmServer::new_file();
    control::Request request;
    request.mutable_capture();
    const auto response = server.ask(request, {file.get()});
    EXPECT_TRUE(response.has_captured()) << response.failed().what();
    return {std::move(file), response.captured()};
}

control::Request start_from(const Snapshot& snapshot) {
    control::Request request = cold_start();
    request.mutable_start()->set_may_be_captured(false);
    *request.mutable_start()->mutable_cpu() = snapshot.state.cpu();
    *request.mutable_start()->add_layers() = snapshot.state.layer();
    *request.mutable_start()->mutable_page_table_frames() = snapshot.state.page_table_frames();
    request.mutable_start()->set_monotonic_ns(snapshot.state.monotonic_ns());
    return request;
}

}  // namespace mayfly::test
