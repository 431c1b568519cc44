// The doorbell: the one port of the machine. A 32-bit OUT of an operation number; arguments and
// results lie in the mailbox, the first page of the exchange area. Any other exit ends the microVM.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "abi/layout.h"

namespace mayfly::abi {

inline constexpr std::uint16_t kDoorbellPort = 0x4d46;

// The vector of the tick, injected with KVM_INTERRUPT. The VMM injects it only while the guest's RIP
// is in the lower half of the address space; else it only advances ControlPage::ticks.
inline constexpr std::uint8_t kTickVector = 0x40;

enum class Doorbell : std::uint32_t {
    // Replies to the last event (reply_status, reply_length; ignored after boot and touch) and waits for the
    // next. A microVM may be captured, reset or resumed only here. No tick falls due until the resume, from
    // which on it has tick_period_ns (as with set_tick, which this saves).
    wait_event = 1,
    // Nothing to run: waits until idle_until_ns (guest CLOCK_MONOTONIC; ~0 = for ever), or until input
    // is there when idle_for_input is set. Ends early when the deadline falls due. No tick falls due
    // meanwhile; the next comes a period after it.
    idle = 2,
    // The log buffer is full: the VMM takes what is in it and sets log_length to 0.
    flush_log = 3,
    // The program ended: exit_status as wait(2) gives it.
    exit = 4,
    // The kernel met a state it can't go on from; the reason is the last line of the kernel's in the log that
    // begins with kPanicPrefix, or its last one.
    panic = 5,
    // Starts a periodic tick of tick_period_ns (clamped to 500 us or more), or stops it with 0.
    set_tick = 6,
    // Reads standard input into the event buffer, without waiting: input_length is the bytes read,
    // kInputWouldBlock or kInputEnd.
    read_input = 7,
    // No memory is left for the function: ends the microVM with the outcome "out of memory".
    out_of_memory = 8,
    // Raises ControlPage::plugged_ram_bytes; an error where that is all RAM already.
    plug_ram = 9,
};

inline constexpr std::string_view kPanicPrefix = "kernel panic: ";

inline constexpr std::uint32_t kInputWouldBlock = 0xffff'ffff;
inline constexpr std::uint32_t kInputEnd = 0;
inline constexpr std::uint64_t kIdleForever = ~0ull;

enum class ReplyStatus : std::uint32_t {
    success = 0,         // the reply is the JSON of the return value
    function_error = 1,  // the reply is the error JSON; the function can take another event
    init_error = 2,      // answer to EventKind::load: the function could not be loaded
    none = 3,            // there is no reply to this event yet: to wait for the next one is an error
};

struct Mailbox {
    // IN: written by the guest, copied once by the VMM.
    ReplyStatus reply_status;
    std::uint32_t reply_length;
    std::uint64_t idle_until_ns;
    std::uint64_t tick_period_ns;
    std::uint32_t idle_for_input;
    std::uint32_t exit_status;
    std::uint32_t log_length;    // IN/OUT: bytes used of the log buffer; the VMM sets it to 0
    std::uint32_t input_length;  // OUT of read_input
    // Counters for the receipt; a hostile guest may lie, so they inform and never decide.
    std::uint64_t memory_peak_bytes;
    std::uint64_t unknown_syscalls;
    std::uint64_t page_faults;
    std::uint64_t syscalls;
    std::uint64_t tmp_peak_bytes;
    std::uint32_t threads_peak;
    std::uint32_t files_peak;
    // RDTSC when the language runtime had read the event, and when it wrote the reply; 0: it did not.
    std::uint64_t event_taken_tsc;
    std::uint64_t reply_given_tsc;
};

// The log is a sequence of records: this header, then `length` bytes, padded to 8.
enum class LogStream : std::uint32_t { output = 1, error = 2, kernel = 3, trace = 4 };

struct LogRecord {
    LogStream stream;
    std::uint32_t length;
};

static_assert(offsetof(Mailbox, idle_until_ns) == 8);
static_assert(offsetof(Mailbox, log_length) == 32);
static_assert(offsetof(Mailbox, memory_peak_bytes) == 40);
static_assert(offsetof(Mailbox, tmp_peak_bytes) == 72);
static_assert(sizeof(Mailbox) == 104 && sizeof(Mailbox) <= kLogOffset);
static_assert(sizeof(LogRecord) == 8);

}  // namespace mayfly::abi
