#include "vmm/control_writer.h"

#include <sys/random.h>

#include <array>
#include <cstring>

namespace mayfly::vmm {
namespace {

template <std::size_t N>
bool copy_text(std::string_view text, char (&target)[N]) {
    std::memset(target, 0, N);
    text.copy(target, N - 1);
    return text.size() < N;
}

}  // namespace

ControlWriter::ControlWriter(std::span<std::byte> page, std::uint64_t ram_bytes, std::uint32_t flags,
                             std::uint32_t tmp_limit_bytes)
    : page_(page) {
    abi::ControlPage& control = this->control();
    control.magic = abi::kControlMagic;
    control.abi_version = abi::kVersion;
    control.ram_bytes = ram_bytes;
    control.flags = flags;
    control.tmp_limit_bytes = tmp_limit_bytes;
}

Result<void> ControlWriter::add_window(GuestAddress base, std::uint64_t bytes, std::string_view mount_path) {
    if (control().window_count >= abi::kMaxWindows)
        return fail(ErrorCode::usage, "a microVM has at most " + std::to_string(abi::kMaxWindows) + " images");
    if (mount_path.empty() || mount_path.front() != '/')
        return fail(ErrorCode::usage, "an image is mounted at an absolute path");

    abi::WindowInfo& window = control().windows[control().window_count];
    window.base = value_of(base);
    window.bytes = bytes;
    if (!copy_text(mount_path, window.mount_path)) return fail(ErrorCode::too_large, "a mount path is too long");
    ++control().window_count;
    return {};
}

Result<void> ControlWriter::write_resume(const GuestClock& clock, std::uint64_t deadline_ns, const Event& event) {
    struct Random {
        std::array<std::uint8_t, 64> seed;
        std::uint64_t generation;
    } random;
    if (::getrandom(&random, sizeof random, 0) != static_cast<ssize_t>(sizeof random))
        return fail_errno(ErrorCode::io, "getrandom");

    abi::ControlPage& control = this->control();
    std::memcpy(control.seed, random.seed.data(), sizeof control.seed);
    // 64 random bits repeat in a lineage of a million resumes with a chance of 3e-8; the last value never does.
    control.generation = random.generation == control.generation ? random.generation + 1 : random.generation;
    control.tsc_base = clock.tsc_base();
    control.monotonic_base_ns = clock.base_ns();
    control.realtime_base_ns = host_realtime_ns() - (clock.now_ns() - clock.base_ns());
    control.tsc_mult = clock.scale().mult;
    control.tsc_shift = clock.scale().shift;
    control.deadline_ns = deadline_ns;
    control.event_kind = event.kind;
    control.event_length = event.length;
    copy_text(event.request_id, control.request_id);
    return {};
}

void ControlWriter::count_tick() { ++control().ticks; }

// The page holds one ControlPage, which only we write.
abi::ControlPage& ControlWriter::control() const { return *reinterpret_cast<abi::ControlPage*>(page_.data()); }

}  // namespace mayfly::vmm
