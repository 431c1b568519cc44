#include "vmm/boot_command.h"

#include <gtest/gtest.h>

#include <cstring>

#include "abi/control_page.h"

namespace mayfly::vmm {
namespace {

TEST(BootCommand, HoldsArgumentsEnvironmentAndDirectoryInThisOrder) {
    const std::vector<std::string> arguments = {"/bin/echo", ""};
    const std::vector<std::string> environment = {"A=b"};

    const auto encoded = encode_boot_command(arguments, environment, "/tmp");

    ASSERT_TRUE(encoded);
    abi::BootCommand command;
    std::memcpy(&command, encoded->data(), sizeof command);
    const std::string strings(reinterpret_cast<const char*>(encoded->data()) + sizeof command,
                              encoded->size() - sizeof command);
    EXPECT_EQ(command.argc, 2u);
    EXPECT_EQ(command.envc, 1u);
    EXPECT_EQ(command.strings_bytes, strings.size());
    EXPECT_EQ(strings, std::string("/bin/echo\0\0A=b\0/tmp\0", 20));
}

TEST(BootCommand, RefusesANulInAnArgument) {
    const std::vector<std::string> arguments = {std::string("a\0b", 3)};

    EXPECT_FALSE(encode_boot_command(arguments, {}, "/"));
}

TEST(BootCommand, RefusesMoreThanFitsTheEventArea) {
    const std::vector<std::string> arguments = {std::string(abi::kMaxPayloadBytes, 'x')};

    const auto encoded = encode_boot_command(arguments, {}, "/");

    ASSERT_FALSE(encoded);
    EXPECT_EQ(encoded.error().code, ErrorCode::too_large);
}

}  // namespace
}  // namespace mayfly::vmm
