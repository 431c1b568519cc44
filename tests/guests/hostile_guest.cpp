#include "hostile_guest.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <iostream>

#include "base/unique_fd.h"

namespace mayfly::test {
namespace {

std::uint64_t number_of(const char* variable, std::uint64_t otherwise) {
    const char* value = std::getenv(variable);
    return value != nullptr ? std::strtoull(value, nullptr, 10) : otherwise;
}

bool is_zero(std::span<const std::byte> page) {
    return std::all_of(page.begin(), page.end(), [](std::byte byte) { return byte == std::byte{0}; });
}

}  // namespace

void HostileGuestTest::SetUp() {
    GuestTest::SetUp();
    if (!IsSkipped()) load_and_remember("runs_code");
}

void HostileGuestTest::load_and_remember(const std::string& name) {
    load(name);
    ASSERT_EQ(run(abi::EventKind::boot).reason, vmm::StopReason::waiting);
    const auto cpu = machine().capture_cpu();
    ASSERT_TRUE(cpu) << cpu.error().message();
    cpu_ = *cpu;
    pages_.clear();
    for (std::size_t offset = 0; offset < ram().size(); offset += abi::kPageSize) {
        const auto page = ram().subspan(offset, abi::kPageSize);
        if (!is_zero(page)) pages_.push_back({offset, {page.begin(), page.end()}});
    }
}

void HostileGuestTest::put_back() {
    ASSERT_EQ(::madvise(ram().data(), ram().size(), MADV_DONTNEED), 0);
    for (const Page& page : pages_)
        std::copy(page.bytes.begin(), page.bytes.end(), ram().begin() + static_cast<std::ptrdiff_t>(page.offset));
    const auto restored = machine().restore(cpu_, 0);
    ASSERT_TRUE(restored) << restored.error().message();
}

void HostileGuestTest::write_event(std::span<const std::byte> event) {
    std::copy(event.begin(), event.end(), machine().exchange().event_area().begin());
}

vmm::Stop HostileGuestTest::run_code(std::uint64_t flags, const Code& code, std::chrono::nanoseconds timeout) {
    put_back();
    std::array<std::byte, 4096> event{};
    std::memcpy(event.data(), &flags, sizeof flags);
    std::memcpy(event.data() + sizeof flags, code.data(), std::min(code.size(), event.size() - sizeof flags));
    write_event(event);
    return run(abi::EventKind::invoke, timeout);
}

std::uint64_t rounds(std::uint64_t in_make_test, std::uint64_t in_all) {
    const std::uint64_t percent = number_of("MAYFLY_HOSTILE_PERCENT", 0);  // of all; 0: the share of `make test`
    return percent == 0 ? in_make_test : std::max<std::uint64_t>(in_all * percent / 100, 1);
}

std::uint64_t hostile_seed() {
    const std::uint64_t seed = number_of("MAYFLY_HOSTILE_SEED", 1);
    std::cout << "seed: MAYFLY_HOSTILE_SEED=" << seed << std::endl;
    return seed;
}

std::vector<std::string> alarming_kernel_lines() {
    std::vector<std::string> lines;
    const UniqueFd log{::open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC)};
    std::array<char, 8192> record{};
    while (log) {
        const ssize_t bytes = ::read(log.get(), record.data(), record.size());
        if (bytes < 0 && errno == EPIPE) continue;  // it was overwritten meanwhile
        if (bytes <= 0) break;
        const std::string line(record.data(), static_cast<std::size_t>(bytes));
        for (const char* word : {"kvm", "BUG", "WARNING", "Oops", "general protection", "Call Trace", "soft lockup"})
            if (line.find(word) != std::string::npos) {
                lines.push_back(line);
                break;
            }
    }
    return lines;
}

}  // namespace mayfly::test
