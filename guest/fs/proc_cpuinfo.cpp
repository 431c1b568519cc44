// /proc/cpuinfo, from the CPUID instruction; and the random identifiers of /proc/sys/kernel/random.
#include <array>

#include "guest/arch/control.h"
#include "guest/arch/cpu.h"
#include "guest/fs/proc_sys.h"
#include "guest/lib/random.h"

namespace mayfly::guest {

namespace {

struct Flag {
    u8 bit;
    std::string_view name;
};

// Names as Linux prints them; SDM 2A and APM 3, CPUID.
constexpr Flag kLeaf1Edx[] = {{0, "fpu"},  {1, "vme"},   {2, "de"},    {3, "pse"},   {4, "tsc"},    {5, "msr"},
                              {6, "pae"},  {7, "mce"},   {8, "cx8"},   {9, "apic"},  {11, "sep"},   {12, "mtrr"},
                              {13, "pge"}, {14, "mca"},  {15, "cmov"}, {16, "pat"},  {17, "pse36"}, {19, "clflush"},
                              {23, "mmx"}, {24, "fxsr"}, {25, "sse"},  {26, "sse2"}, {28, "ht"}};
constexpr Flag kExtendedEdx[] = {{11, "syscall"}, {20, "nx"},     {22, "mmxext"}, {25, "fxsr_opt"},
                                 {26, "pdpe1gb"}, {27, "rdtscp"}, {29, "lm"}};
constexpr Flag kLeaf1Ecx[] = {{0, "pni"},     {1, "pclmulqdq"}, {9, "ssse3"},  {12, "fma"},    {13, "cx16"},
                              {19, "sse4_1"}, {20, "sse4_2"},   {22, "movbe"}, {23, "popcnt"}, {25, "aes"},
                              {26, "xsave"},  {28, "avx"},      {29, "f16c"},  {30, "rdrand"}, {31, "hypervisor"}};
constexpr Flag kExtendedEcx[] = {{0, "lahf_lm"}, {5, "abm"}, {6, "sse4a"}, {8, "3dnowprefetch"}};
constexpr Flag kLeaf7Ebx[] = {{0, "fsgsbase"}, {3, "bmi1"},      {5, "avx2"},    {8, "bmi2"},      {9, "erms"},
                              {16, "avx512f"}, {17, "avx512dq"}, {18, "rdseed"}, {19, "adx"},      {23, "clflushopt"},
                              {24, "clwb"},    {28, "avx512cd"}, {29, "sha_ni"}, {30, "avx512bw"}, {31, "avx512vl"}};

template <usize N>
void write_flags(ProcText& out, u32 bits, const Flag (&flags)[N]) {
    for (const Flag& flag : flags)
        if ((bits >> flag.bit & 1) != 0) out.text(" ").text(flag.name);
}

void append(char*& at, u32 value) {
    for (int i = 0; i < 4; ++i) *at++ = static_cast<char>(value >> (8 * i));
}

void write_uuid_of(ProcText& out, const std::array<std::byte, 16>& bytes) {
    for (usize i = 0; i < bytes.size(); ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10) out.text("-");
        out.hex(static_cast<u8>(bytes[i]), 2);
    }
    out.text("\n");
}

std::array<std::byte, 16> random_uuid() {
    std::array<std::byte, 16> bytes;
    random_bytes(bytes);
    bytes[6] = (bytes[6] & std::byte{0x0f}) | std::byte{0x40};  // version 4: random (RFC 4122)
    bytes[8] = (bytes[8] & std::byte{0x3f}) | std::byte{0x80};
    return bytes;
}

}  // namespace

void write_cpuinfo(ProcText& out, ProcSubject) {
    const Cpuid vendor = cpuid(0);
    const Cpuid features = cpuid(1);
    const Cpuid more = cpuid(7);
    const Cpuid extended = cpuid(0x80000001);
    char vendor_text[12];
    char* at = vendor_text;
    for (const u32 part : {vendor.ebx, vendor.edx, vendor.ecx}) append(at, part);
    char model_text[48];
    at = model_text;
    for (u32 leaf = 0x80000002; leaf <= 0x80000004; ++leaf) {
        const Cpuid part = cpuid(leaf);
        for (const u32 word : {part.eax, part.ebx, part.ecx, part.edx}) append(at, word);
    }
    std::string_view model(model_text, sizeof(model_text));
    model = model.substr(0, model.find('\0'));

    u32 family = features.eax >> 8 & 15;
    u32 number = features.eax >> 4 & 15;
    if (family == 6 || family == 15) number |= (features.eax >> 16 & 15) << 4;
    if (family == 15) family += features.eax >> 20 & 255;
    // now_ns advances by mult / 2^shift a cycle.
    const u64 khz = control().tsc_mult == 0 ? 0 : (u64{1'000'000} << control().tsc_shift) / control().tsc_mult;

    out.text("processor\t: 0\nvendor_id\t: ").text({vendor_text, sizeof(vendor_text)});
    out.text("\ncpu family\t: ").unsigned_number(family).text("\nmodel\t\t: ").unsigned_number(number);
    out.text("\nmodel name\t: ").text(model).text("\nstepping\t: ").unsigned_number(features.eax & 15);
    out.text("\ncpu MHz\t\t: ").unsigned_number(khz / 1000).text(".").unsigned_number(khz / 100 % 10);
    out.unsigned_number(khz / 10 % 10).unsigned_number(khz % 10);
    out.text("\nphysical id\t: 0\nsiblings\t: 1\ncore id\t\t: 0\ncpu cores\t: 1\napicid\t\t: 0\ninitial apicid\t: 0");
    out.text("\nfpu\t\t: yes\nfpu_exception\t: yes\ncpuid level\t: ").unsigned_number(vendor.eax);
    out.text("\nwp\t\t: yes\nflags\t\t:");
    write_flags(out, features.edx, kLeaf1Edx);
    write_flags(out, extended.edx, kExtendedEdx);
    write_flags(out, features.ecx, kLeaf1Ecx);
    write_flags(out, extended.ecx, kExtendedEcx);
    write_flags(out, more.ebx, kLeaf7Ebx);
    out.text("\nbogomips\t: ").unsigned_number(khz / 500).text(".00\nclflush size\t: 64\ncache_alignment\t: 64\n");
    out.text("address sizes\t: 48 bits physical, 48 bits virtual\npower management:\n\n");
}

// One a boot: made when it is first asked for.
void write_boot_id(ProcText& out, ProcSubject) {
    static constinit std::array<std::byte, 16> id{};
    static constinit bool made = false;
    if (!made) id = random_uuid();
    made = true;
    write_uuid_of(out, id);
}

void write_uuid(ProcText& out, ProcSubject) { write_uuid_of(out, random_uuid()); }

}  // namespace mayfly::guest
