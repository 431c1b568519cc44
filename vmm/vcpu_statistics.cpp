#include "vmm/vcpu_statistics.h"

#include <linux/kvm.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace mayfly::vmm {
namespace {

// struct kvm_stats_desc without its flexible array, the name, which is header.name_size bytes long.
struct Descriptor {
    std::uint32_t flags;
    std::int16_t exponent;
    std::uint16_t size;
    std::uint32_t offset;
    std::uint32_t bucket_size;
};
static_assert(sizeof(Descriptor) == 16 && sizeof(kvm_stats_header) == 24);

constexpr std::uint32_t kMostDescriptors = 1024;
constexpr std::uint32_t kLongestName = 256;

// Everything that is read lies within so many bytes.
constexpr std::size_t kReach = 4096;

Result<void> read_at(const UniqueFd& fd, std::span<std::byte> to, std::uint64_t offset) {
    const ssize_t got = ::pread(fd.get(), to.data(), to.size(), static_cast<off_t>(offset));
    if (got != static_cast<ssize_t>(to.size())) return fail_errno(ErrorCode::kvm, "reading KVM's statistics");
    return {};
}

// Where the counter of this name lies; nothing if there is none.
std::optional<std::uint64_t> find(std::span<const std::byte> descriptors, const kvm_stats_header& header,
                                  std::string_view wanted) {
    const std::size_t stride = sizeof(Descriptor) + header.name_size;
    for (std::size_t at = 0; at + stride <= descriptors.size(); at += stride) {
        Descriptor descriptor;
        std::memcpy(&descriptor, descriptors.data() + at, sizeof descriptor);
        const auto* name = reinterpret_cast<const char*>(descriptors.data() + at + sizeof descriptor);  // text
        if (std::string_view(name, ::strnlen(name, header.name_size)) == wanted)
            return header.data_offset + descriptor.offset;
    }
    return std::nullopt;
}

}  // namespace

Result<VcpuStatistics> VcpuStatistics::open(const UniqueFd& vcpu) {
    UniqueFd fd{::ioctl(vcpu.get(), KVM_GET_STATS_FD, 0)};
    if (!fd) return fail_errno(ErrorCode::unavailable, "KVM_GET_STATS_FD");
    kvm_stats_header header{};
    MF_TRY(read_at(fd, std::as_writable_bytes(std::span(&header, 1)), 0));
    if (header.num_desc > kMostDescriptors || header.name_size > kLongestName)
        return fail(ErrorCode::unavailable, "KVM's statistics have a form that is not known");

    std::vector<std::byte> descriptors(std::size_t{header.num_desc} * (sizeof(Descriptor) + header.name_size));
    MF_TRY(read_at(fd, descriptors, header.desc_offset));
    const auto emulated_at = find(descriptors, header, "insn_emulation");
    const auto faults_at = find(descriptors, header, "pf_taken");
    if (!emulated_at || !faults_at || std::max(*emulated_at, *faults_at) - std::min(*emulated_at, *faults_at) >= kReach)
        return fail(ErrorCode::unavailable, "KVM does not count emulated instructions and page faults");
    return VcpuStatistics{std::move(fd), *emulated_at, *faults_at};
}

Result<VcpuCounts> VcpuStatistics::read() const {
    std::array<std::byte, kReach + sizeof(std::uint64_t)> data;
    const std::uint64_t first = std::min(emulated_at_, faults_at_);
    const std::uint64_t last = std::max(emulated_at_, faults_at_);
    MF_TRY(read_at(fd_, std::span(data).first(last - first + sizeof(std::uint64_t)), first));
    VcpuCounts counts;
    std::memcpy(&counts.instructions_emulated, data.data() + (emulated_at_ - first), sizeof(std::uint64_t));
    std::memcpy(&counts.page_faults, data.data() + (faults_at_ - first), sizeof(std::uint64_t));
    return counts;
}

}  // namespace mayfly::vmm
