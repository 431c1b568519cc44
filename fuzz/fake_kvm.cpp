#include "fuzz/fake_kvm.h"

#include <fcntl.h>
#include <linux/kvm.h>
#include <poll.h>
#include <stdarg.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <vector>

#include "abi/doorbell.h"
#include "fuzz/require.h"
#include "vmm/kvm_ioctls.h"

namespace mayfly::fuzz {
namespace {

constexpr int kRunBytes = 3 * 4096;
constexpr std::uint64_t kPortData = 4096;
constexpr std::uint64_t kStartNs = 1'000'000'000'000;
constexpr std::uint64_t kExitNs = 1'000;

Input* script = nullptr;
std::uint64_t now_ns = kStartNs;
abi::Mailbox mailbox_at_exit;

// The timers of the machine: the clock's, and that of processor time, which passes as the clock does.
struct Timer {
    timer_t id;
    std::uint64_t due_ns;
};
std::vector<Timer> timers;

Timer& timer_of(timer_t id) {
    for (Timer& timer : timers)
        if (timer.id == id) return timer;
    return timers.emplace_back(Timer{id, ~0ull});
}

Timer* due_timer() {
    for (Timer& timer : timers)
        if (now_ns >= timer.due_ns) return &timer;
    return nullptr;
}
kvm_run* run_area = nullptr;
std::byte* exchange = nullptr;  // as KVM was told

// The low bits of the first byte of a step say which exit is taken, the others what the guest did before.
enum Step : std::uint8_t {
    kExitMask = 3,  // 0: doorbell, 1: any operation, 2: a signal, 3: any exit
    kWritesMailbox = 1 << 2,
    kWritesLog = 1 << 3,
    kTakesTime = 1 << 4,
    kSetsRegisters = 1 << 5,
    kPokesMailbox = 1 << 6,
    kTampers = 1 << 7,
};

// The fields that every script of the corpus has; those behind them are poked.
void write_mailbox() {
    const auto bytes = script->take_bytes(offsetof(abi::Mailbox, tmp_peak_bytes));
    if (!bytes.empty()) std::memcpy(exchange + abi::kMailboxOffset, bytes.data(), bytes.size());
}

void poke_mailbox() {
    const std::size_t word = script->take<std::uint8_t>() % (sizeof(abi::Mailbox) / 4);
    const auto value = script->take<std::uint32_t>();
    std::memcpy(exchange + abi::kMailboxOffset + word * 4, &value, sizeof value);
}

void write_log() {
    const auto bytes = script->take_bytes(script->take<std::uint8_t>());
    if (!bytes.empty()) std::memcpy(exchange + abi::kLogOffset, bytes.data(), bytes.size());
    const auto length = static_cast<std::uint32_t>(bytes.size());
    std::memcpy(exchange + abi::kMailboxOffset + offsetof(abi::Mailbox, log_length), &length, sizeof length);
}

// A long log of what happens to lie there takes a thousand times as long as all the rest: only on a certain byte.
void shorten_log() {
    constexpr std::uint32_t kShort = 0xfff;
    constexpr std::uint8_t kLongLog = 0xa7;
    std::uint32_t length = 0;
    std::byte* const field = exchange + abi::kMailboxOffset + offsetof(abi::Mailbox, log_length);
    std::memcpy(&length, field, sizeof length);
    if (length <= kShort || (length == ~0u && script->take<std::uint8_t>() == kLongLog)) return;
    length &= kShort;
    std::memcpy(field, &length, sizeof length);
}

void set_registers() {
    const auto bits = script->take<std::uint8_t>();
    run_area->s.regs.regs.rip = (bits & 1) != 0 ? 0xffff'ffff'8000'0000 : 0x40'0000;
    run_area->ready_for_interrupt_injection = (bits >> 1) & 1;
    run_area->if_flag = (bits >> 2) & 1;
    run_area->s.regs.events.exception.pending = (bits >> 3) & 1;
}

void tamper() {
    kvm_sregs& registers = run_area->s.regs.sregs;
    switch (script->take<std::uint8_t>() % 7) {
    case 0: registers.cr0 ^= 1; break;
    case 1: registers.cr4 ^= 1; break;
    case 2: registers.efer ^= 1; break;
    case 3: registers.gdt.limit = script->take<std::uint16_t>(); break;
    case 4: registers.idt.base = script->take<std::uint64_t>(); break;
    case 5: registers.tr.selector = script->take<std::uint16_t>(); break;
    default: registers.cs.selector = script->take<std::uint16_t>(); break;
    }
}

void ring(std::uint32_t operation) {
    run_area->exit_reason = KVM_EXIT_IO;
    run_area->io = {KVM_EXIT_IO_OUT, 4, abi::kDoorbellPort, 1, kPortData};
    std::memcpy(reinterpret_cast<std::byte*>(run_area) + kPortData, &operation, sizeof operation);
}

// An exit as the kernel writes it: reason and what belongs to it.
void exit_anyhow() {
    run_area->exit_reason = script->take<std::uint8_t>();
    const auto bytes = script->take_bytes(24);
    if (!bytes.empty()) std::memcpy(&run_area->io, bytes.data(), bytes.size());
}

int fail_with(int error) {
    errno = error;
    return -1;
}

// As the handler of the timer's signal does.
int interrupt(Timer& timer) {
    timer.due_ns = ~0ull;
    run_area->immediate_exit = 1;
    return fail_with(EINTR);
}

int run_guest() {
    if (run_area->immediate_exit != 0) return fail_with(EINTR);
    if (script == nullptr || script->empty()) return fail_with(EIO);
    if (Timer* const timer = due_timer()) return interrupt(*timer);
    const auto step = script->take<std::uint8_t>();
    now_ns += kExitNs;
    if ((step & kWritesMailbox) != 0) write_mailbox();
    if ((step & kPokesMailbox) != 0) poke_mailbox();
    if ((step & kWritesLog) != 0) write_log();
    shorten_log();
    if ((step & kTakesTime) != 0) now_ns += script->take<std::uint32_t>();
    if ((step & kSetsRegisters) != 0) set_registers();
    if ((step & kTampers) != 0) tamper();
    switch (step & kExitMask) {
    case 0: ring(script->take<std::uint8_t>() % 10); break;
    case 1: ring(script->take<std::uint32_t>()); break;
    case 2: return fail_with(EINTR);
    default: exit_anyhow(); break;
    }
    return 0;
}

int run_vcpu() {
    const int result = run_guest();
    const int error = errno;
    std::memcpy(&mailbox_at_exit, exchange + abi::kMailboxOffset, sizeof mailbox_at_exit);
    errno = error;
    return result;
}

int new_descriptor(off_t bytes) {
    const int fd = ::memfd_create("fake-kvm", MFD_CLOEXEC);
    MF_REQUIRE(fd >= 0 && ::ftruncate(fd, bytes) == 0);
    return fd;
}

int create_vcpu() {
    const int fd = new_descriptor(kRunBytes);
    void* const area = ::mmap(nullptr, kRunBytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    MF_REQUIRE(area != MAP_FAILED);
    run_area = static_cast<kvm_run*>(area);  // as KVM lays it out
    return fd;
}

int add_slot(const kvm_userspace_memory_region& region) {
    // The number is an address of this process.
    if (region.guest_phys_addr == abi::kExchangeBase) exchange = reinterpret_cast<std::byte*>(region.userspace_addr);
    return 0;
}

int answer(unsigned long request, void* argument) {
    switch (request) {
    case KVM_GET_API_VERSION: return KVM_API_VERSION;
    case KVM_GET_VCPU_MMAP_SIZE: return kRunBytes;
    case KVM_CHECK_EXTENSION: return 1;
    case KVM_CREATE_VM: return new_descriptor(0);
    case KVM_CREATE_VCPU: return create_vcpu();
    case KVM_SET_USER_MEMORY_REGION: return add_slot(*static_cast<const kvm_userspace_memory_region*>(argument));
    case KVM_GET_TSC_KHZ: return 2'000'000;
    case KVM_GET_STATS_FD: return fail_with(ENOTTY);
    case KVM_RUN: return run_vcpu();
    case vmm::kGetSupportedCpuid: std::memset(argument, 0, 8); return 0;  // no leaf
    case vmm::kSetMsrs: {
        std::uint32_t count = 0;
        std::memcpy(&count, argument, sizeof count);
        return static_cast<int>(count);
    }
    default: return 0;
    }
}

}  // namespace

UniqueFd fake_kvm_device() { return UniqueFd{new_descriptor(0)}; }

Play::Play(Input& input) {
    // Nothing of the last script's, so that each does the same alone.
    if (exchange != nullptr) std::memset(exchange, 0, 2 * abi::kPageSize);
    run_area->if_flag = 0;
    run_area->ready_for_interrupt_injection = 0;
    script = &input;
    now_ns = kStartNs;  // timers stay armed as they are: their owner remembers how
}
Play::~Play() { script = nullptr; }

const abi::Mailbox& Play::mailbox() const { return mailbox_at_exit; }

}  // namespace mayfly::fuzz

// The linker's names of what is wrapped and of what is behind it.
extern "C" {
int __real_clock_gettime(clockid_t clock, timespec* time);
int __real_ppoll(pollfd* files, nfds_t count, const timespec* timeout, const sigset_t* mask);
int __real_timer_settime(timer_t timer, int flags, const itimerspec* when, itimerspec* before);

int __wrap_ioctl(int, unsigned long request, ...) {
    va_list arguments;
    va_start(arguments, request);
    void* const argument = va_arg(arguments, void*);
    va_end(arguments);
    return mayfly::fuzz::answer(request, argument);
}

int __wrap_clock_gettime(clockid_t clock, timespec* time) {
    const bool is_played = clock == CLOCK_MONOTONIC || clock == CLOCK_THREAD_CPUTIME_ID;
    if (mayfly::fuzz::script == nullptr || !is_played) return __real_clock_gettime(clock, time);
    time->tv_sec = static_cast<time_t>(mayfly::fuzz::now_ns / 1'000'000'000);
    time->tv_nsec = static_cast<long>(mayfly::fuzz::now_ns % 1'000'000'000);
    return 0;
}

// A wait is over at once; one for ever, or for years, ends by a signal.
int __wrap_ppoll(pollfd* files, nfds_t count, const timespec* timeout, const sigset_t* mask) {
    if (mayfly::fuzz::script == nullptr) return __real_ppoll(files, count, timeout, mask);
    constexpr time_t kLongestWait = 1'000'000;
    if (timeout == nullptr || timeout->tv_sec > kLongestWait) return mayfly::fuzz::fail_with(EINTR);
    mayfly::fuzz::now_ns +=
        static_cast<std::uint64_t>(timeout->tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(timeout->tv_nsec);
    return 0;
}

int __wrap_timer_settime(timer_t timer, int flags, const itimerspec* when, itimerspec* before) {
    if (mayfly::fuzz::script == nullptr) return __real_timer_settime(timer, flags, when, before);
    const std::uint64_t at = static_cast<std::uint64_t>(when->it_value.tv_sec) * 1'000'000'000 +
                             static_cast<std::uint64_t>(when->it_value.tv_nsec);
    mayfly::fuzz::timer_of(timer).due_ns = at == 0 ? ~0ull : at;
    return 0;
}
}
