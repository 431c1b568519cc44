#include "tests/faults/call_site.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <span>
#include <sstream>

#include "tests/faults/call_names.h"

namespace mayfly::faults {
namespace {

constexpr std::size_t kStackWords = 512;
constexpr std::size_t kDepth = 3;

std::size_t read_memory(pid_t pid, std::uint64_t address, void* to, std::size_t bytes) {
    iovec local{to, bytes};
    iovec remote{reinterpret_cast<void*>(address), bytes};  // an address of the other process
    const ssize_t got = ::process_vm_readv(pid, &local, 1, &remote, 1, 0);
    return got < 0 ? 0 : static_cast<std::size_t>(got);
}

std::string hexadecimal(std::uint64_t number) {
    std::ostringstream text;
    text << std::hex << "0x" << number;
    return text.str();
}

// The forms of CALL that compilers emit (SDM volume 2, CALL): relative, and indirect with each length of operand.
bool ends_with_call(std::span<const std::uint8_t> before) {
    const auto at = [&](std::size_t back) { return before[before.size() - back]; };
    if (at(5) == 0xe8) return true;
    for (const std::size_t length : {2u, 3u, 4u, 6u, 7u})
        if (at(length) == 0xff && (at(length - 1) & 0x38) == 0x10) return true;
    return false;
}

}  // namespace

ProgramText::ProgramText(pid_t pid) {
    const std::string process = "/proc/" + std::to_string(pid);
    std::error_code none;
    const std::string program = std::filesystem::read_symlink(process + "/exe", none).string();
    std::ifstream maps(process + "/maps");
    for (std::string line; std::getline(maps, line);) {
        if (program.empty() || !line.ends_with(program)) continue;
        std::uint64_t begin = 0;
        std::uint64_t end = 0;
        char dash = 0;
        std::string rights;
        std::istringstream(line) >> std::hex >> begin >> dash >> end >> rights;
        if (base_ == 0) base_ = begin;
        if (rights.find('x') != rights.npos) executable_.push_back({begin, end});
    }
}

bool ProgramText::contains(std::uint64_t address) const {
    return std::any_of(executable_.begin(), executable_.end(),
                       [&](const Range& range) { return address > range.begin + 8 && address < range.end; });
}

bool ProgramText::is_behind_call(pid_t pid, std::uint64_t address) {
    const auto [entry, is_new] = behind_call_.try_emplace(address, false);
    std::array<std::uint8_t, 8> before{};
    if (is_new && read_memory(pid, address - before.size(), before.data(), before.size()) == before.size())
        entry->second = ends_with_call(before);
    return entry->second;
}

std::string ProgramText::site(pid_t pid, const Call& call) {
    std::array<std::uint64_t, kStackWords> stack{};
    const std::size_t words = read_memory(pid, call.stack, stack.data(), sizeof stack) / sizeof stack[0];
    std::string text = contains(call.instruction) ? hexadecimal(call.instruction - base_) : "";
    std::size_t depth = 0;
    for (std::size_t index = 0; index < words && depth < kDepth; ++index) {
        if (!contains(stack[index]) || !is_behind_call(pid, stack[index])) continue;
        text += (text.empty() ? "" : ",") + hexadecimal(stack[index] - base_);
        ++depth;
    }
    return text;
}

std::string name_of(const Call& call) {
    const auto name = std::find_if(std::begin(kCallNames), std::end(kCallNames),
                                   [&](const CallName& known) { return known.number == call.number; });
    std::string text = name == std::end(kCallNames) ? std::to_string(call.number) : std::string(name->name);
    const bool has_request = call.number == SYS_ioctl || call.number == SYS_fcntl || call.number == SYS_futex;
    const std::uint64_t bits = call.number == SYS_futex ? FUTEX_CMD_MASK : 0xffffffff;
    if (has_request) text += ":" + hexadecimal(call.arguments[1] & bits & 0xffffffff);
    return text;
}

}  // namespace mayfly::faults
