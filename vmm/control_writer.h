// Writes the control page: what the guest is told at every resume.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "abi/control_page.h"
#include "base/error.h"
#include "vmm/clock.h"
#include "vmm/guest_memory.h"

namespace mayfly::vmm {

struct Event {
    abi::EventKind kind = abi::EventKind::none;
    std::uint32_t length = 0;
    std::string_view request_id;
};

class ControlWriter {
public:
    // Over a page of zeroes, which outlives it.
    ControlWriter(std::span<std::byte> page, std::uint64_t ram_bytes, std::uint32_t flags,
                  std::uint32_t tmp_limit_bytes);

    const abi::ControlPage& page() const { return control(); }
    std::span<const abi::WindowInfo> windows() const { return {page().windows, page().window_count}; }

    Result<void> add_window(GuestAddress base, std::uint64_t bytes, std::string_view mount_path);
    void set_ram_bytes(std::uint64_t bytes) { control().ram_bytes = bytes; }
    void set_plugged_ram_bytes(std::uint64_t bytes) { control().plugged_ram_bytes = bytes; }
    void set_tmp_limit_bytes(std::uint32_t bytes) { control().tmp_limit_bytes = bytes; }

    // New random seed, new generation, clocks as of now, the event. deadline_ns is guest time, 0 = none.
    Result<void> write_resume(const GuestClock& clock, std::uint64_t deadline_ns, const Event& event);
    void count_tick();

private:
    abi::ControlPage& control() const;

    std::span<std::byte> page_;
};

}  // namespace mayfly::vmm
