// What programs in a snapshot have seen of the CPU. Libraries choose their code by CPUID once, at their
// start, and that choice lies in the snapshot's memory: another CPU must offer exactly the same.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"
#include "snapshot/digest.h"

namespace mayfly::snapshot {

struct CpuLeaf {
    std::uint32_t leaf;
    std::uint32_t subleaf;
    std::uint32_t eax;
    std::uint32_t ebx;
    std::uint32_t ecx;
    std::uint32_t edx;

    bool operator==(const CpuLeaf&) const = default;
};

struct CpuFeatures {
    std::string vendor;
    std::vector<CpuLeaf> leaves;

    // By the CPUID instruction: guests on KVM's PVM backend see just that. What differs from core to core is masked.
    // And XCR0, which is what of it the kernel has enabled.
    static CpuFeatures of_host();

    bool operator==(const CpuFeatures&) const = default;
    Result<Sha256> digest() const;
    // What sets `other` apart, for people: "leaf 7 ebx has 0xdc2f07a9, the snapshot 0xd01f47a9".
    std::string difference(const CpuFeatures& other) const;
};

}  // namespace mayfly::snapshot
