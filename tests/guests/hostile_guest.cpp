#include "hostile_guest.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace mayfly::test {
namespace {

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

void HostileGuestTest::write_event(std::span<const std::byte> event) { machine().exchange().write_event(event); }

vmm::Stop HostileGuestTest::run_code(std::uint64_t flags, const Code& code, std::chrono::nanoseconds timeout) {
    put_back();
    std::array<std::byte, 4096> event{};
    std::memcpy(event.data(), &flags, sizeof flags);
    std::memcpy(event.data() + sizeof flags, code.data(), std::min(code.size(), event.size() - sizeof flags));
    write_event(event);
    return run(abi::EventKind::invoke, timeout);
}

KernelLog::KernelLog() : log_(::open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC)) {
    if (log_) ::lseek(log_.get(), 0, SEEK_END);
}

std::vector<std::string> KernelLog::new_alarms() const {
    std::vector<std::string> alarms;
    std::array<char, 8192> record{};
    while (log_) {
        const ssize_t bytes = ::read(log_.get(), record.data(), record.size());
        if (bytes < 0 && errno == EPIPE) continue;  // some were overwritten before they were read
        if (bytes <= 0) break;
        const std::string line(record.data(), static_cast<std::size_t>(bytes));
        for (const char* word :
             {"BUG:", "WARNING:", "Oops", "general protection", "lockup", "hung task", "detected stalls"})
            if (line.find(word) != std::string::npos) {
                alarms.push_back(line);
                break;
            }
    }
    return alarms;
}

}  // namespace mayfly::test
