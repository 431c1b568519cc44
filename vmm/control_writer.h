// Writes the control page: what the guest is told at every resume.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "abi/control_page.h"
#include "base/error.h"
#include "base/mapping.h"
#include "vmm/clock.h"

namespace mayfly::vmm {

struct Event {
    abi::EventKind kind = abi::EventKind::none;
    std::uint32_t length = 0;
    std::string_view request_id;
};

class ControlWriter {
public:
    static Result<ControlWriter> create(std::uint64_t ram_bytes, std::uint32_t flags, std::uint32_t tmp_limit_bytes);

    std::span<std::byte> bytes() const { return page_.bytes(); }
    const abi::ControlPage& page() const { return control(); }

    Result<void> add_window(std::uint64_t bytes, std::string_view mount_path);
    void set_ram_bytes(std::uint64_t bytes) { control().ram_bytes = bytes; }
    void set_tmp_limit_bytes(std::uint32_t bytes) { control().tmp_limit_bytes = bytes; }

    // New random seed, new generation, clocks as of now, the event. deadline_ns is guest time, 0 = none.
    Result<void> write_resume(const GuestClock& clock, std::uint64_t deadline_ns, const Event& event);
    void count_tick();

private:
    explicit ControlWriter(Mapping page) : page_(std::move(page)) {}
    abi::ControlPage& control() const;

    Mapping page_;
};

}  // namespace mayfly::vmm
