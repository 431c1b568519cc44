// The exchange area: mailbox, event, reply and log, shared with the guest and with the parent process.
// Nothing here is trusted: fields are copied once, lengths are clamped.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "abi/doorbell.h"
#include "abi/layout.h"
#include "base/error.h"
#include "base/shared_memory.h"
#include "base/unique_fd.h"

namespace mayfly::vmm {

class Exchange {
public:
    // A new area of its own.
    static Result<Exchange> create();
    // Over a memory file that somebody else made; it must have abi::kExchangeBytes.
    static Result<Exchange> adopt(UniqueFd memory_file);

    int fd() const { return file_.get(); }
    // Where it lies in this process, for KVM.
    HostRange where() const { return area_.where(); }

    // The guest is about to run: what was copied before may be copied again afterwards.
    void begin_event() { area_.begin_event(); }

    void write_event(std::span<const std::byte> event) { area_.copy_in(abi::kEventOffset, event); }
    // read(2) into the event's place, at most as much as an event may have.
    ssize_t read_event(int fd) { return area_.read_from(fd, abi::kEventOffset, abi::kMaxPayloadBytes); }

    // A copy of the mailbox, made once.
    abi::Mailbox mailbox() const;
    void set_log_length(std::uint32_t length);
    void set_input_length(std::uint32_t length);

    // A copy of the first `length` bytes of the log, clamped to its size.
    std::vector<std::byte> copy_log(std::uint32_t length) const;
    void write_log(std::span<const std::byte> records);

    // Zeroes everything an earlier run may have left, except the event, which is there already.
    Result<void> scrub(std::uint32_t event_length);

private:
    Exchange(UniqueFd file, Mapping area) : file_(std::move(file)), area_(std::move(area)) {}
    void zero(std::uint64_t from, std::uint64_t to);

    UniqueFd file_;
    SharedMemory area_;
};

}  // namespace mayfly::vmm
