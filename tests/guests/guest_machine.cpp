#include "guest_machine.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <vector>

namespace mayfly::test {
namespace {

std::vector<char> read_guest(const std::string& name) {
    std::ifstream file(std::string(GUEST_DIRECTORY) + "/" + name + ".elf", std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

bool kvm_is_required() {
    const char* value = std::getenv("MAYFLY_REQUIRE_KVM");
    return value != nullptr && std::strcmp(value, "1") == 0;
}

}  // namespace

void GuestTest::SetUp() {
    if (::access("/dev/kvm", F_OK) != 0 && !kvm_is_required()) GTEST_SKIP() << "no /dev/kvm";
    auto kvm = vmm::Kvm::open();
    ASSERT_TRUE(kvm) << kvm.error().message();
    kvm_.emplace(std::move(*kvm));
}

void GuestTest::load(const std::string& name, std::span<const vmm::Image> images) {
    machine_.reset();
    ram_ = Mapping::anonymous(ram_bytes_).value();
    vmm::MachineConfig config{ram_.bytes()};
    config.images = images;
    auto exchange = vmm::Exchange::create().value();
    exchange_ =
        Mapping::of(UniqueFd{::dup(exchange.fd())}, abi::kExchangeBytes, PROT_READ | PROT_WRITE, MAP_SHARED).value();
    auto machine = vmm::Machine::create(*kvm_, config, std::move(exchange));
    ASSERT_TRUE(machine) << machine.error().message();
    machine_ = std::move(*machine);
    const std::vector<char> elf = read_guest(name);
    const auto booted = machine_->boot(std::as_bytes(std::span(elf)));
    ASSERT_TRUE(booted) << booted.error().message();
}

vmm::Stop GuestTest::run(abi::EventKind kind, std::chrono::nanoseconds timeout) {
    vmm::RunRequest request;
    request.event.kind = kind;
    request.timeout_ns = static_cast<std::uint64_t>(timeout.count());
    return machine_->run(request);
}

vmm::Stop GuestTest::load_and_run(const std::string& name) {
    load(name);
    return HasFatalFailure() ? vmm::Stop{} : run();
}

std::uint64_t GuestTest::reply_word(std::size_t index) const {
    std::uint64_t word = 0;
    std::memcpy(&word, exchange_.data() + abi::kReplyOffset + index * sizeof word, sizeof word);
    return word;
}

}  // namespace mayfly::test
