#include "snapshot/cpu_features.h"

#include <cpuid.h>

#include <array>
#include <cstdio>
#include <cstring>

namespace mayfly::snapshot {
namespace {

// The bits that count of each register (Intel SDM volume 2, CPUID; AMD volume 3, appendix E).
struct Selection {
    std::uint32_t leaf;
    std::uint32_t subleaf;
    std::uint32_t eax;
    std::uint32_t ebx;
    std::uint32_t ecx;
    std::uint32_t edx;
};

constexpr std::uint32_t kAll = ~0u;
constexpr std::array<Selection, 6> kSelections{{
    {0x1, 0, kAll, 0x0000'ff00, kAll, kAll},  // ebx: APIC id and count of logical CPUs are per CPU
    {0x7, 0, kAll, kAll, kAll, kAll},
    {0x7, 1, kAll, kAll, kAll, kAll},
    {0xd, 0, kAll, 0, kAll, kAll},  // ebx: depends on what the kernel has enabled for this thread
    {0xd, 1, kAll, 0, kAll, kAll},
    {0x8000'0001, 0, kAll, 0, kAll, kAll},  // ebx: package type
}};

CpuLeaf read_leaf(const Selection& selection) {
    CpuLeaf leaf{selection.leaf, selection.subleaf, 0, 0, 0, 0};
    __get_cpuid_count(selection.leaf, selection.subleaf, &leaf.eax, &leaf.ebx, &leaf.ecx, &leaf.edx);
    leaf.eax &= selection.eax;
    leaf.ebx &= selection.ebx;
    leaf.ecx &= selection.ecx;
    leaf.edx &= selection.edx;
    return leaf;
}

// Not of CPUID: the components of extended state that the kernel has enabled, for all alike. Programs in a snapshot use
// those, and the guest kernel saves those.
constexpr std::uint32_t kXcr0 = ~0u;

CpuLeaf read_xcr0() {
    CpuLeaf leaf{kXcr0, 0, 0, 0, 0, 0};
    std::uint32_t eax = 0, ebx = 0, ecx = 0, edx = 0;
    __get_cpuid(1, &eax, &ebx, &ecx, &edx);
    if ((ecx & bit_OSXSAVE) != 0) asm("xgetbv" : "=a"(leaf.eax), "=d"(leaf.edx) : "c"(0));
    return leaf;
}

std::string hex(std::uint32_t value) {
    char text[16];
    std::snprintf(text, sizeof text, "0x%x", value);
    return text;
}

std::string name_of(const CpuLeaf& leaf) {
    if (leaf.leaf == kXcr0) return "XCR0 (what XSAVE saves)";
    return "CPUID leaf " + hex(leaf.leaf) + "." + std::to_string(leaf.subleaf);
}

std::string difference_of(const CpuLeaf& mine, const CpuLeaf& theirs) {
    const std::array<const char*, 4> names{"eax", "ebx", "ecx", "edx"};
    const std::array<std::uint32_t, 4> my_values{mine.eax, mine.ebx, mine.ecx, mine.edx};
    const std::array<std::uint32_t, 4> their_values{theirs.eax, theirs.ebx, theirs.ecx, theirs.edx};
    for (std::size_t i = 0; i < names.size(); ++i)
        if (my_values[i] != their_values[i])
            return name_of(mine) + " " + names[i] + " is " + hex(my_values[i]) + " here and " + hex(their_values[i]) +
                   " in the snapshot";
    return {};
}

}  // namespace

CpuFeatures CpuFeatures::of_host() {
    CpuFeatures features;
    std::uint32_t highest = 0;
    std::uint32_t name[3] = {};
    __get_cpuid(0, &highest, &name[0], &name[2], &name[1]);                    // the name is in ebx, edx, ecx
    features.vendor.assign(reinterpret_cast<const char*>(name), sizeof name);  // any object may be seen as chars
    for (const Selection& selection : kSelections) features.leaves.push_back(read_leaf(selection));
    features.leaves.push_back(read_xcr0());
    return features;
}

Result<Sha256> CpuFeatures::digest() const {
    static_assert(sizeof(CpuLeaf) == 24, "no padding: the leaves are hashed as they lie");
    std::string text = vendor;
    text.append(reinterpret_cast<const char*>(leaves.data()), leaves.size() * sizeof(CpuLeaf));
    return sha256(bytes_of(text));
}

std::string CpuFeatures::difference(const CpuFeatures& other) const {
    if (vendor != other.vendor)
        return "the CPU's vendor is " + vendor + " here and " + other.vendor + " in the snapshot";
    if (leaves.size() != other.leaves.size()) return "the snapshot compares other CPU features";
    for (std::size_t i = 0; i < leaves.size(); ++i) {
        std::string text = difference_of(leaves[i], other.leaves[i]);
        if (!text.empty()) return text;
    }
    return "the CPU features differ";
}

}  // namespace mayfly::snapshot
