// Every way to hang, to crash and to confuse the host that a guest has: it stops in time, for a reason with a name, and
// the next guest finds the host as it was.
#include <gmock/gmock.h>

#include <array>
#include <cstring>
#include <iostream>
#include <map>
#include <random>

#include "hostile_guest.h"

namespace mayfly::test {
namespace {

using namespace std::chrono_literals;
using testing::AnyOf;
using testing::Eq;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using vmm::StopReason;

constexpr auto kDeadline = 20ms;
constexpr std::uint64_t kLatest = 120'000'000;  // the deadline and 100 ms

// Ends in time, for one of the reasons that a guest can give.
void expect_verdict(const vmm::Stop& stop, const std::string& what) {
    EXPECT_LE(stop.counters.run_ns, kLatest) << what;
    EXPECT_THAT(stop.reason, Not(Eq(StopReason::host_error))) << what << ": " << stop.detail;
    if (stop.reason == StopReason::crashed || stop.reason == StopReason::timed_out) {
        EXPECT_THAT(stop.detail, AnyOf(HasSubstr("at RIP"), HasSubstr("the guest changed"))) << what;
    }
}

// Of a run that came late another, twice at most: on a machine that is shared a run may lose its processor for longer
// than that, but not each time.
template <class Run>
vmm::Stop in_time(std::uint64_t latest_ns, Run run) {
    vmm::Stop stop = run();
    for (int tries = 1; tries < 3 && stop.counters.run_ns > latest_ns; ++tries) stop = run();
    return stop;
}

struct Instruction {
    std::string name;
    Code code;
};

std::ostream& operator<<(std::ostream& out, const Instruction& value) { return out << value.name; }

// For ever.
Code repeated(Code code) {
    code.push_back(0xeb);
    code.push_back(static_cast<std::uint8_t>(-static_cast<int>(code.size()) - 1));
    return code;
}

class HostileInstruction : public HostileGuestTest, public testing::WithParamInterface<Instruction> {};

// hostile: B1 B2 B3 B4 B7 B8 B9 B10 B12 B14 B15 B16 F3
TEST_P(HostileInstruction, EndsInTimeInEveryRingAndWithEveryAnswerToItsFaults) {
    for (const std::uint64_t ring : {kAtCpl3, kInRing0})
        for (const std::uint64_t faults :
             {std::uint64_t{0}, std::uint64_t{kFaultsGoBack}, std::uint64_t{kFaultsSkipTwoBytes}})
            expect_verdict(
                in_time(kLatest, [&] { return run_code(ring | faults, repeated(GetParam().code), kDeadline); }),
                GetParam().name + ", flags " + std::to_string(ring | faults));

    const vmm::Stop after = run_code(kAtCpl3, {0xc3}, 1s);
    EXPECT_EQ(after.reason, StopReason::waiting) << "the machine is of no use after " << GetParam().name;
}

// Code that first makes RAX an address in the direct map, RCX and RDX small numbers.
Code with_operands(Code code) {
    Code all{0x48, 0xb8, 0,    0,   0, 1, 0, 0xc0, 0xff, 0xff,  // mov rax, 0xffffc00001000000
             0x31, 0xc9, 0x31, 0xd2};                           // xor ecx, ecx; xor edx, edx
    all.insert(all.end(), code.begin(), code.end());
    return all;
}

const std::vector<Instruction> kInstructions{
    {"nothing", {0x90}},
    {"hlt", {0xf4}},
    {"cli_hlt", {0xfa, 0xf4}},
    {"sti_hlt", {0xfb, 0xf4}},
    {"cli", {0xfa}},
    {"vmcall", {0x0f, 0x01, 0xc1}},
    {"vmmcall", {0x0f, 0x01, 0xd9}},
    {"vmlaunch", {0x0f, 0x01, 0xc2}},
    {"vmresume", {0x0f, 0x01, 0xc3}},
    {"vmxoff", {0x0f, 0x01, 0xc4}},
    {"vmfunc", {0x0f, 0x01, 0xd4}},
    {"vmxon", with_operands({0xf3, 0x0f, 0xc7, 0x30})},
    {"vmptrld", with_operands({0x0f, 0xc7, 0x30})},
    {"invept", with_operands({0x66, 0x0f, 0x38, 0x80, 0x00})},
    {"invvpid", with_operands({0x66, 0x0f, 0x38, 0x81, 0x00})},
    {"invpcid", with_operands({0x66, 0x0f, 0x38, 0x82, 0x00})},
    {"vmrun", with_operands({0x0f, 0x01, 0xd8})},
    {"vmload", with_operands({0x0f, 0x01, 0xda})},
    {"vmsave", with_operands({0x0f, 0x01, 0xdb})},
    {"stgi", {0x0f, 0x01, 0xdc}},
    {"clgi", {0x0f, 0x01, 0xdd}},
    {"skinit", {0x0f, 0x01, 0xde}},
    {"invlpga", {0x0f, 0x01, 0xdf}},
    {"encls", {0x0f, 0x01, 0xcf}},
    {"enclu", {0x0f, 0x01, 0xd7}},
    {"pconfig", {0x0f, 0x01, 0xc5}},
    {"getsec", {0x0f, 0x37}},
    {"rsm", {0x0f, 0xaa}},
    {"monitor", with_operands({0x0f, 0x01, 0xc8})},
    {"mwait", with_operands({0x0f, 0x01, 0xc9})},
    {"wbinvd", {0x0f, 0x09}},
    {"invd", {0x0f, 0x08}},
    {"clflush", with_operands({0x0f, 0xae, 0x38})},
    {"rdpmc", {0x0f, 0x33}},
    {"rdtscp", {0x0f, 0x01, 0xf9}},
    {"rdrand", {0x0f, 0xc7, 0xf0}},
    {"cpuid", {0x0f, 0xa2}},
    {"ud2", {0x0f, 0x0b}},
    {"int3", {0xcc}},
    {"int1", {0xf1}},
    {"int_2", {0xcd, 0x02}},
    {"int_8", {0xcd, 0x08}},
    {"int_18", {0xcd, 0x12}},
    {"int_64", {0xcd, 0x40}},
    {"int_128", {0xcd, 0x80}},
    {"syscall", {0x0f, 0x05}},
    {"sysenter", {0x0f, 0x34}},
    {"sysexit", {0x0f, 0x35}},
    {"sysretq", {0x48, 0x0f, 0x07}},
    {"iretq", {0x48, 0xcf}},
    {"far_return", {0x48, 0xcb}},
    {"swapgs", {0x0f, 0x01, 0xf8}},
    {"divide_by_zero", {0x31, 0xc9, 0xf7, 0xf1}},
    {"single_step", {0x9c, 0x81, 0x0c, 0x24, 0x00, 0x01, 0x00, 0x00, 0x9d}},  // TF
    {"alignment_check",
     {0x9c, 0x81, 0x0c, 0x24, 0x00, 0x00, 0x04, 0x00, 0x9d,  // AC
      0x48, 0x8b, 0x44, 0x24, 0xf9}},
    {"nested_task", {0x9c, 0x81, 0x0c, 0x24, 0x00, 0x40, 0x00, 0x00, 0x9d, 0x48, 0xcf}},  // NT
    {"mov_dr7", {0x48, 0xc7, 0xc0, 0xff, 0x07, 0x00, 0x00, 0x0f, 0x23, 0xf8}},
    {"mov_dr0_here", {0x48, 0x8d, 0x05, 0, 0, 0, 0, 0x0f, 0x23, 0xc0, 0xb8, 1, 0, 0, 0, 0x0f, 0x23, 0xf8}},
    {"mov_cr0_0", {0x31, 0xc0, 0x0f, 0x22, 0xc0}},
    {"mov_cr0_ones", {0x48, 0xc7, 0xc0, 0xff, 0xff, 0xff, 0xff, 0x0f, 0x22, 0xc0}},
    {"mov_cr3_0", {0x31, 0xc0, 0x0f, 0x22, 0xd8}},
    {"mov_cr3_ones", {0x48, 0xc7, 0xc0, 0xff, 0xff, 0xff, 0xff, 0x0f, 0x22, 0xd8}},
    {"mov_cr3_hole", {0x48, 0xb8, 0, 0, 0, 0, 0x50, 0, 0, 0, 0x0f, 0x22, 0xd8}},
    {"mov_cr3_control_page", {0x48, 0xb8, 0, 0xf0, 0xff, 0, 0x40, 0, 0, 0, 0x0f, 0x22, 0xd8}},
    {"reload_cr3", {0x0f, 0x20, 0xd8, 0x0f, 0x22, 0xd8}},
    {"mov_cr4_0", {0x31, 0xc0, 0x0f, 0x22, 0xe0}},
    {"mov_cr4_ones", {0x48, 0xc7, 0xc0, 0xff, 0xff, 0xff, 0xff, 0x0f, 0x22, 0xe0}},
    {"mov_cr4_la57", {0x0f, 0x20, 0xe0, 0x0d, 0x00, 0x10, 0x00, 0x00, 0x0f, 0x22, 0xe0}},
    {"mov_cr8", {0x31, 0xc0, 0x44, 0x0f, 0x22, 0xc0}},
    {"lmsw", {0x31, 0xc0, 0x0f, 0x01, 0xf0}},
    {"lgdt_nowhere", {0x48, 0x31, 0xc0, 0x50, 0x50, 0x0f, 0x01, 0x14, 0x24, 0x58, 0x58}},
    {"lidt_nowhere", {0x48, 0x31, 0xc0, 0x50, 0x50, 0x0f, 0x01, 0x1c, 0x24, 0x58, 0x58, 0x0f, 0x0b}},
    {"ltr_0", {0x31, 0xc0, 0x0f, 0x00, 0xd8}},
    {"invlpg_storm", with_operands({0x0f, 0x01, 0x38})},
    {"xsetbv_0", {0x31, 0xc9, 0x31, 0xc0, 0x31, 0xd2, 0x0f, 0x01, 0xd1}},
    {"xsetbv_ones", {0x31, 0xc9, 0x83, 0xc8, 0xff, 0x83, 0xca, 0xff, 0x0f, 0x01, 0xd1}},
    {"xsetbv_avx_without_sse", {0x31, 0xc9, 0xb8, 5, 0, 0, 0, 0x31, 0xd2, 0x0f, 0x01, 0xd1}},
    {"wrmsr_efer_0", {0xb9, 0x80, 0, 0, 0xc0, 0x31, 0xc0, 0x31, 0xd2, 0x0f, 0x30}},
    {"wrmsr_efer_ones", {0xb9, 0x80, 0, 0, 0xc0, 0x83, 0xc8, 0xff, 0x83, 0xca, 0xff, 0x0f, 0x30}},
    {"wrpkru", {0x31, 0xc9, 0x31, 0xd2, 0x83, 0xc8, 0xff, 0x0f, 0x01, 0xef}},
    {"clac", {0x0f, 0x01, 0xca}},
    {"stack_away", {0x31, 0xe4, 0x50}},
    {"stack_not_canonical", {0x48, 0xbc, 0, 0, 0, 0, 0, 0, 0, 0x80, 0x50}},
    {"jump_not_canonical", {0x48, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0x80, 0xff, 0xe0}},
    {"jump_to_0", {0x31, 0xc0, 0xff, 0xe0}},
    {"jump_into_a_hole", {0x48, 0xb8, 0, 0, 0, 0, 0x50, 0xc0, 0xff, 0xff, 0xff, 0xe0}},
    {"jump_into_the_control_page", {0x48, 0xb8, 0, 0xf0, 0xff, 0, 0x40, 0xc0, 0xff, 0xff, 0xff, 0xe0}},
    {"split_lock", with_operands({0xf0, 0x48, 0xff, 0x40, 0x3d})},
    {"lock_over_two_pages", with_operands({0xf0, 0x48, 0xff, 0x80, 0xfd, 0x0f, 0, 0})},
    {"lock_in_a_hole", {0x48, 0xb8, 0, 0, 0, 0, 0x50, 0xc0, 0xff, 0xff, 0xf0, 0x48, 0xff, 0x00}},
    {"sixteen_bytes_long",
     {0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x90}},
    {"fifteen_bytes_long", {0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x90}},
    {"modifies_itself", {0xfe, 0x05, 0xfa, 0xff, 0xff, 0xff}},  // inc byte [this instruction]
    {"rep_outs_for_ever",
     {0x48, 0xc7, 0xc1, 0xff, 0xff, 0xff, 0xff, 0xba, 0x46, 0x4d, 0, 0, 0x48, 0x8d, 0x35, 0, 0, 0, 0, 0xf3, 0x6f}},
    {"rep_ins_for_ever",
     {0x48, 0xc7, 0xc1, 0xff, 0xff, 0xff, 0xff, 0xba, 0x46, 0x4d, 0, 0, 0x48, 0x8d, 0x3d, 0, 0, 0, 0, 0xf3, 0x6d}},
    {"rep_stos_for_ever", {0x48, 0xc7, 0xc1, 0xff, 0xff, 0xff, 0xff, 0x48, 0x8d, 0x3d, 0, 0, 0, 0, 0xf3, 0xaa}},
};

INSTANTIATE_TEST_SUITE_P(Of, HostileInstruction, testing::ValuesIn(kInstructions),
                         [](const auto& value) { return value.param.name; });

using HostileGuest = HostileGuestTest;

Code doorbell_storm(std::uint8_t operation) {
    return repeated({0xb8, operation, 0, 0, 0, 0xba, 0x46, 0x4d, 0, 0, 0xef});  // mov eax; mov edx; out
}

// hostile: A21 F12
TEST_F(HostileGuest, ThatRingsForEverEndsInTime) {
    for (std::uint8_t operation = 0; operation <= 16; ++operation)
        for (const std::uint64_t ring : {kAtCpl3, kInRing0})
            expect_verdict(in_time(kLatest, [&] { return run_code(ring, doorbell_storm(operation), kDeadline); }),
                           "operation " + std::to_string(operation));
}

// hostile: A22 B14
TEST_F(HostileGuest, ThatTalksToAnyPortEnds) {
    std::vector<std::uint16_t> ports{0x4d45, 0x4d46, 0x4d47, 0xcf8, 0xcfc, 0x60, 0x64, 0x70, 0x71, 0x92, 0xb2, 0xffff};
    const std::uint64_t step = 0x10000 / std::min<std::uint64_t>(rounds(64, 0x10000), 0x10000);
    for (std::uint32_t port = 0; port < 0x10000; port += static_cast<std::uint32_t>(step))
        ports.push_back(static_cast<std::uint16_t>(port));
    // out and in of 1, 2 and 4 bytes, and the same in bulk.
    const std::vector<Code> accesses{{0xee}, {0x66, 0xef}, {0xef},       {0xec},       {0x66, 0xed},
                                     {0xed}, {0xf3, 0x6e}, {0xf3, 0x6f}, {0xf3, 0x6c}, {0xf3, 0x6d}};
    for (const std::uint16_t port : ports)
        for (const Code& access : accesses) {
            Code code{0xb9,
                      2,
                      0,
                      0,
                      0,
                      0xba,
                      static_cast<std::uint8_t>(port),
                      static_cast<std::uint8_t>(port >> 8),
                      0,
                      0,
                      0x48,
                      0x8d,
                      0x35,
                      0,
                      0x10,
                      0,
                      0,
                      0x48,
                      0x8d,
                      0x3d,
                      0,
                      0x10,
                      0,
                      0,
                      0xb8,
                      99,
                      0,
                      0,
                      0};
            code.insert(code.end(), access.begin(), access.end());
            code.push_back(0xc3);
            const vmm::Stop stop = run_code(kAtCpl3, code, 2s);
            EXPECT_EQ(stop.reason, StopReason::crashed) << "port " << port << ": " << stop.detail;
        }
}

// hostile: A6 A23 B21
TEST_F(HostileGuest, ThatTouchesWhatIsNoMemoryEnds) {
    // Behind the direct map: RAM's end, holes, the control page and its end, the exchange area's end, windows, far
    // above.
    const std::vector<std::uint64_t> addresses{32u << 20,
                                               abi::kControlBase - 8,
                                               abi::kControlBase,
                                               abi::kControlBase + 0xffc,
                                               abi::kControlBase + 0x1000,
                                               abi::kExchangeBase - 4,
                                               abi::kExchangeBase + abi::kExchangeBytes - 4,
                                               abi::kExchangeBase + abi::kExchangeBytes,
                                               abi::kWindowBase,
                                               abi::kWindowBase + abi::kMaxWindowBytes - 8,
                                               0x7f'ffff'f000};
    const std::vector<Code> accesses{
        {0x8a, 0x00},                    // mov al, [rax]
        {0x48, 0x8b, 0x00},              // mov rax, [rax]
        {0x88, 0x00},                    // mov [rax], al
        {0x66, 0x89, 0x00},              // mov [rax], ax
        {0x48, 0x89, 0x00},              // mov [rax], rax
        {0xf0, 0x48, 0x0f, 0xb1, 0x08},  // lock cmpxchg [rax], rcx
        {0x0f, 0xae, 0x00},              // fxsave
        {0x0f, 0xae, 0x08},              // fxrstor
        {0xc5, 0xfd, 0x7f, 0x00},        // vmovdqa [rax], ymm0
        {0x0f, 0x29, 0x00},              // movaps [rax], xmm0
        {0xff, 0xe0},                    // jmp rax
        {0x48, 0x89, 0xc4, 0x50},        // mov rsp, rax; push rax
    };
    for (const std::uint64_t address : addresses)
        for (const Code& access : accesses) {
            const std::uint64_t place = abi::kDirectMapBase + address;
            Code code{0x48, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0};
            std::memcpy(code.data() + 2, &place, sizeof place);
            code.insert(code.end(), access.begin(), access.end());
            code.push_back(0xc3);
            for (const std::uint64_t flags : {std::uint64_t{kAtCpl3}, std::uint64_t{kInRing0}, kAtCpl3 | kFaultsGoBack})
                expect_verdict(in_time(kLatest, [&] { return run_code(flags, code, kDeadline); }),
                               "address " + std::to_string(address));
        }
}

// Reads each register of a range, and writes back what was read, or ones.
Code msr_sweep(std::uint32_t from, std::uint32_t count, bool writes_ones) {
    Code code{0xb9, 0,    0,    0,    0, 0xbb, 0, 0, 0, 0,  // mov ecx, from; mov ebx, count
              0x31, 0xc0, 0x31, 0xd2,                       // xor eax, eax; xor edx, edx
              0x0f, 0x32};                                  // rdmsr
    std::memcpy(code.data() + 1, &from, sizeof from);
    std::memcpy(code.data() + 6, &count, sizeof count);
    const Code ones{0x83, 0xc8, 0xff, 0x83, 0xca, 0xff};
    if (writes_ones) code.insert(code.end(), ones.begin(), ones.end());
    const Code rest{0x0f, 0x30, 0xff, 0xc1, 0xff, 0xcb};  // wrmsr; inc ecx; dec ebx
    code.insert(code.end(), rest.begin(), rest.end());
    code.push_back(0x75);  // jnz, to the first xor
    code.push_back(static_cast<std::uint8_t>(10 - static_cast<int>(code.size()) - 1));
    code.push_back(0xc3);
    return code;
}

// hostile: B5
TEST_F(HostileGuest, ThatSweepsModelSpecificRegistersEnds) {
    struct Range {
        std::uint32_t from;
        std::uint32_t count;
    };
    const std::vector<Range> ranges{{0, 0x2000},         {0xc0000000, 0x2000}, {0xc0010000, 0x2000},
                                    {0x4b564d00, 0x100}, {0x40000000, 0x200},  {0x800, 0x100}};
    constexpr std::uint32_t kStride = 64;
    for (const Range& range : ranges)
        for (std::uint32_t from = 0; from < range.count; from += kStride)
            for (const bool writes_ones : {false, true}) {
                constexpr std::uint64_t kLatestOfASweep = 150'000'000;
                const Code sweep = msr_sweep(range.from + from, kStride, writes_ones);
                const vmm::Stop stop =
                    in_time(kLatestOfASweep, [&] { return run_code(kInRing0 | kFaultsSkipTwoBytes, sweep, 50ms); });
                EXPECT_LE(stop.counters.run_ns, kLatestOfASweep) << range.from + from;
                EXPECT_NE(stop.reason, StopReason::host_error) << range.from + from << ": " << stop.detail;
            }
    EXPECT_EQ(run_code(kAtCpl3, {0xc3}, 1s).reason, StopReason::waiting);
}

// hostile: B11 B10
TEST_F(HostileGuest, ThatPlaysWithPageTablesEndsInTime) {
    const std::uint64_t games = rounds(20, 500);
    load_and_remember("plays_with_page_tables");
    for (std::uint64_t game = 0; game < games; ++game) {
        const vmm::Stop stop = in_time(kLatest, [&] {
            put_back();
            return run(abi::EventKind::invoke, kDeadline);
        });
        expect_verdict(stop, "game " + std::to_string(game));
    }
}

// Of these many the processor time is looked at, which other work on the machine does not change.
// hostile: B20 S3
TEST_F(HostileGuest, OfRandomBytesEndsInTime) {
    const std::uint64_t programs = rounds(20'000, 1'000'000);
    std::mt19937_64 random(hostile_seed());
    std::map<StopReason, std::uint64_t> verdicts;
    const KernelLog kernel_log;
    Code code(256);
    for (std::uint64_t program = 0; program < programs; ++program) {
        for (std::size_t i = 0; i < code.size(); i += 8) {
            const std::uint64_t word = random();
            std::memcpy(code.data() + i, &word, sizeof word);
        }
        const vmm::Stop stop = run_code(random() % 8, code, 500us);
        ++verdicts[stop.reason];
        ASSERT_LE(stop.counters.cpu_ns, 102'000'000u) << "program " << program;
        ASSERT_NE(stop.reason, StopReason::host_error) << "program " << program << ": " << stop.detail;
        if (program % 1000 != 0) continue;
        if (run_code(kAtCpl3, {0xc3}, 1s).reason != StopReason::waiting) load_and_remember("runs_code");
        ASSERT_EQ(run_code(kAtCpl3, {0xc3}, 1s).reason, StopReason::waiting) << "after program " << program;
    }
    for (const auto& [reason, count] : verdicts) std::cout << vmm::to_string(reason) << ": " << count << "\n";
    EXPECT_THAT(kernel_log.new_alarms(), IsEmpty());
}

// hostile: A3 A16 A17 A21 A24 S3
TEST_F(HostileGuest, ThatMailsNonsenseGetsNothingFromIt) {
    const std::uint64_t messages = rounds(20'000, 10'000'000);
    load_and_remember("mails_nonsense");
    std::mt19937_64 random(hostile_seed());
    const KernelLog kernel_log;
    std::map<StopReason, std::uint64_t> verdicts;
    for (std::uint64_t sent = 0; sent < messages;) {
        put_back();
        const std::uint64_t seed = random();
        write_event(std::as_bytes(std::span(&seed, 1)));
        const vmm::Stop stop = run(abi::EventKind::invoke, 30ms);
        ++verdicts[stop.reason];
        ASSERT_LE(stop.counters.cpu_ns, 130'000'000u);
        ASSERT_NE(stop.reason, StopReason::host_error) << stop.detail;
        ASSERT_LE(stop.reply_length, abi::kMaxPayloadBytes);
        ASSERT_LE(stop.log_bytes, abi::kLogBytes);
        sent += std::max<std::uint64_t>(reply_word(0), 1);
    }
    for (const auto& [reason, count] : verdicts) std::cout << vmm::to_string(reason) << ": " << count << "\n";
    EXPECT_THAT(kernel_log.new_alarms(), IsEmpty());
}

// hostile: F4 A20
TEST_F(HostileGuest, ThatFloodsItsLogCostsOnlyItsOwnTime) {
    // The mailbox says that the whole log buffer is full: a record of a megabyte at each ring.
    Code code{0x48, 0xbb, 0,    0,    0,    0,    0,   0, 0, 0,  // mov rbx, the mailbox
              0xc7, 0x43, 0x20, 0xff, 0xff, 0xff, 0xff};         // movl -1, log_length(rbx)
    constexpr std::uint64_t kMailbox = abi::kDirectMapBase + abi::kExchangeBase + abi::kMailboxOffset;
    std::memcpy(code.data() + 2, &kMailbox, sizeof kMailbox);
    const Code ring{0xb8, 3, 0, 0, 0, 0xba, 0x46, 0x4d, 0, 0, 0xef};
    code.insert(code.end(), ring.begin(), ring.end());

    constexpr std::uint64_t kLatestOfAFlood = 400'000'000;
    const vmm::Stop stop = in_time(kLatestOfAFlood, [&] { return run_code(kAtCpl3, repeated(code), 300ms); });

    EXPECT_EQ(stop.reason, StopReason::timed_out) << stop.detail;
    EXPECT_LE(stop.counters.run_ns, kLatestOfAFlood);
    EXPECT_LE(stop.log_bytes, abi::kLogBytes);
}

TEST_F(HostileGuest, HasALimitOfProcessorTime) {
    put_back();
    vmm::RunRequest request;
    request.event.kind = abi::EventKind::invoke;
    request.timeout_ns = 5'000'000'000;
    request.cpu_time_ns = 50'000'000;
    std::array<std::byte, 16> event{};
    event[8] = std::byte{0xeb};  // jmp .
    event[9] = std::byte{0xfe};
    write_event(event);

    const vmm::Stop stop = run(request);

    EXPECT_EQ(stop.reason, StopReason::out_of_cpu_time) << stop.detail;
    EXPECT_THAT(stop.detail, HasSubstr("50 ms of processor time"));
    EXPECT_GE(stop.counters.cpu_ns, 45'000'000u);
    EXPECT_LE(stop.counters.cpu_ns, 80'000'000u);
}

}  // namespace
}  // namespace mayfly::test
