#include "rootfs-builder/alternatives.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scratch.h"

namespace mayfly::rootfs {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(ParseAlternatives, ReadsACallOverSeveralLines) {
    const auto found = parse_alternatives(
        "#!/bin/sh\nset -e\n"
        "update-alternatives --install /usr/lib/libblas.so.3 \\\n"
        "    libblas.so.3-x86_64-linux-gnu \\\n\t/usr/lib/openblas/libblas.so.3 100\n");

    EXPECT_THAT(found, ElementsAre(Alternative{"/usr/lib/libblas.so.3", "libblas.so.3-x86_64-linux-gnu",
                                               "/usr/lib/openblas/libblas.so.3", 100}));
}

TEST(ParseAlternatives, ReadsSlavesWithThePriorityOfTheirMaster) {
    const auto found = parse_alternatives(
        "if true; then update-alternatives --quiet --install /usr/bin/awk \"awk\" /usr/bin/mawk 5 "
        "--slave /usr/share/man/awk.1 awk.1 /usr/share/man/mawk.1; fi");

    EXPECT_THAT(found, ElementsAre(Alternative{"/usr/bin/awk", "awk", "/usr/bin/mawk", 5},
                                   Alternative{"/usr/share/man/awk.1", "awk.1", "/usr/share/man/mawk.1", 5}));
}

TEST(ParseAlternatives, PassesOverWhatOnlyAShellKnows) {
    EXPECT_THAT(parse_alternatives("update-alternatives --install /usr/bin/$x x /usr/bin/y 1"), IsEmpty());
    EXPECT_THAT(parse_alternatives("update-alternatives --install /usr/bin/x ../etc/passwd /usr/bin/y 1"), IsEmpty());
    EXPECT_THAT(parse_alternatives("update-alternatives --remove x /usr/bin/y"), IsEmpty());
    EXPECT_THAT(parse_alternatives("echo --install /a b /c 1"), IsEmpty());
    EXPECT_THAT(parse_alternatives("update-alternatives --install /a"), IsEmpty());
}

// hostile: C15
TEST(ParseAlternatives, PassesOverWhatLeavesTheTree) {
    for (const char* arguments : {"/../../tmp/x x /usr/bin/y", "/usr/bin/x .. /usr/bin/y", "/usr/bin/x . /usr/bin/y",
                                  "/usr/bin/x x /usr/../../y", "/usr/bin/.. x /usr/bin/y"})
        EXPECT_THAT(parse_alternatives("update-alternatives --install " + std::string(arguments) + " 1"), IsEmpty())
            << arguments;
}

TEST(InstallAlternatives, HighestPriorityOfThosePresentWins) {
    const Scratch tree;
    tree.write("usr/lib/low", "");
    tree.write("usr/lib/high", "");

    ASSERT_TRUE(install_alternatives({{"/usr/lib/x", "x", "/usr/lib/low", 10},
                                      {"/usr/lib/x", "x", "/usr/lib/high", 20},
                                      {"/usr/lib/x", "x", "/usr/lib/absent", 99}},
                                     tree.path()));

    EXPECT_EQ(std::filesystem::read_symlink(tree / "usr/lib/x"), "/etc/alternatives/x");
    EXPECT_EQ(std::filesystem::read_symlink(tree / "etc/alternatives/x"), "/usr/lib/high");
}

}  // namespace
}  // namespace mayfly::rootfs
