#include "guest/arch/instruction.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <memory>
#include <string>
#include <vector>

namespace mayfly::guest {
namespace {

Instruction decode(std::vector<u8> code) { return decode_instruction(code); }

TEST(Instruction, LengthsIncludePrefixesAndOperands) {
    EXPECT_EQ(decode({0xb8, 0x27, 0, 0, 0}).bytes, 5u);                             // mov $0x27,%eax
    EXPECT_EQ(decode({0x48, 0xb8, 1, 2, 3, 4, 5, 6, 7, 8}).bytes, 10u);             // movabs
    EXPECT_EQ(decode({0x66, 0xb8, 1, 2}).bytes, 4u);                                // mov $0x201,%ax
    EXPECT_EQ(decode({0x4c, 0x8b, 0x4c, 0x24, 0x08}).bytes, 5u);                    // mov 8(%rsp),%r9
    EXPECT_EQ(decode({0xc7, 0x45, 0xb8, 1, 0, 0, 0}).bytes, 7u);                    // movl $1,-0x48(%rbp)
    EXPECT_EQ(decode({0x8d, 0xb8, 0x27, 0, 0, 0}).bytes, 6u);                       // lea 0x27(%rax),%edi
    EXPECT_EQ(decode({0xf6, 0x05, 1, 2, 3, 4, 5}).bytes, 7u);                       // testb $5,x(%rip)
    EXPECT_EQ(decode({0xf6, 0x15, 1, 2, 3, 4}).bytes, 6u);                          // notb x(%rip)
    EXPECT_EQ(decode({0x66, 0x2e, 0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0}).bytes, 10u);    // nopw
    EXPECT_EQ(decode({0xc5, 0xf8, 0x77}).bytes, 3u);                                // vzeroupper
    EXPECT_EQ(decode({0xc4, 0xe3, 0x75, 0x18, 0xc0, 0x01}).bytes, 6u);              // vinsertf128
    EXPECT_EQ(decode({0x62, 0xf1, 0x7c, 0x48, 0x10, 0x44, 0x24, 0x01}).bytes, 8u);  // vmovups 0x40(%rsp),%zmm0
}

TEST(Instruction, WhatDependsOnItsAddressIsNotMovable) {
    EXPECT_TRUE(decode({0xb8, 0x27, 0, 0, 0}).movable);
    EXPECT_TRUE(decode({0xff, 0x40, 0x10}).movable);            // incl 0x10(%rax)
    EXPECT_FALSE(decode({0x80, 0x3d, 1, 2, 3, 4, 0}).movable);  // cmpb $0,x(%rip)
    EXPECT_FALSE(decode({0x74, 0x10}).movable);                 // je
    EXPECT_FALSE(decode({0xe8, 1, 2, 3, 4}).movable);           // call
    EXPECT_FALSE(decode({0xff, 0x10}).movable);                 // call *(%rax)
    EXPECT_FALSE(decode({0x0f, 0x84, 1, 2, 3, 4}).movable);     // je
    EXPECT_FALSE(decode({0xc3}).movable);                       // ret
    EXPECT_FALSE(decode({0x0f, 0x05}).movable);                 // syscall
}

TEST(Instruction, WhatIsInvalidOrCutOffHasNoLength) {
    EXPECT_EQ(decode({0x06}).bytes, 0u);
    EXPECT_EQ(decode({0xb8, 0x27, 0}).bytes, 0u);
    EXPECT_EQ(decode({0x66}).bytes, 0u);
    EXPECT_EQ(decode({}).bytes, 0u);
    EXPECT_EQ(decode(std::vector<u8>(20, 0x66)).bytes, 0u);
}

// Every instruction of the C library's text, as objdump(1) prints it: address, bytes, mnemonic.
TEST(Instruction, AgreesWithADisassemblerAboutTheCLibrary) {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> dump(
        popen("objdump -d --insn-width=15 -j .text /lib/x86_64-linux-gnu/libc.so.6 2>/dev/null", "r"), pclose);
    char line[512];
    std::size_t instructions = 0, unknown = 0;

    while (std::fgets(line, sizeof line, dump.get()) != nullptr) {
        const std::string text = line;
        const auto first = text.find(":\t");
        const auto second = text.find('\t', first + 2);
        if (first == std::string::npos || second == std::string::npos || text.find("(bad)") != std::string::npos)
            continue;
        std::vector<u8> code;
        const std::string bytes = text.substr(first + 2, second - first - 2);
        for (std::size_t at = 0; at + 2 < bytes.size() && bytes[at] != ' '; at += 3)
            code.push_back(static_cast<u8>(std::stoul(bytes.substr(at, 2), nullptr, 16)));
        const std::size_t length = code.size();
        code.resize(length + 8, 0x90);
        const usize decoded = decode_instruction(code).bytes;
        ++instructions;
        if (decoded == 0)
            ++unknown;
        else
            EXPECT_EQ(decoded, length) << text;
    }

    if (instructions == 0) GTEST_SKIP() << "no objdump here";
    EXPECT_LT(unknown, instructions / 1000);
}

}  // namespace
}  // namespace mayfly::guest
