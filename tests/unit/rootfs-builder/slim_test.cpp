#include "rootfs-builder/slim.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rootfs-builder/strip.h"
#include "scratch.h"

namespace fs = std::filesystem;

namespace mayfly::rootfs {
namespace {

void slim(const Scratch& tree, const std::vector<std::string>& requested = {}) {
    tree.folder("usr");
    for (const SlimStep& step : slim_steps()) {
        const auto done = step.run({tree.path(), requested, nullptr});
        ASSERT_TRUE(done) << step.name << ": " << done.error().message();
    }
}

TEST(Slim, KeepsCopyrightOfAllDocumentation) {
    const Scratch tree;
    tree.write("usr/share/doc/libssl3/copyright", "terms");
    tree.write("usr/share/doc/libssl3/changelog.gz", "long");
    tree.write("usr/share/man/man1/x.1", "");

    slim(tree);

    EXPECT_TRUE(tree.has("usr/share/doc/libssl3/copyright"));
    EXPECT_FALSE(tree.has("usr/share/doc/libssl3/changelog.gz"));
    EXPECT_FALSE(tree.has("usr/share/man"));
}

TEST(Slim, RemovesTestsOfPythonButNotWhatLooksSimilar) {
    const Scratch tree;
    tree.write("usr/lib/python3.11/test/test_os.py", "");
    tree.write("usr/lib/python3.11/unittest/case.py", "");
    tree.write("usr/lib/python3/dist-packages/numpy/core/tests/test_a.py", "");
    tree.write("usr/lib/python3/dist-packages/numpy/testing/__init__.py", "");

    slim(tree);

    EXPECT_FALSE(tree.has("usr/lib/python3.11/test"));
    EXPECT_TRUE(tree.has("usr/lib/python3.11/unittest/case.py"));
    EXPECT_FALSE(tree.has("usr/lib/python3/dist-packages/numpy/core/tests"));
    EXPECT_TRUE(tree.has("usr/lib/python3/dist-packages/numpy/testing/__init__.py"));
}

TEST(Slim, KeepsWhatTheUserAskedFor) {
    const Scratch tree;
    tree.write("usr/lib/python3.11/test/test_os.py", "");
    tree.write("usr/bin/openssl", "");

    slim(tree, {"libpython3.11-testsuite", "openssl"});

    EXPECT_TRUE(tree.has("usr/lib/python3.11/test/test_os.py"));
    EXPECT_TRUE(tree.has("usr/bin/openssl"));
}

TEST(Slim, RemovesStaticLibrariesAndHeaders) {
    const Scratch tree;
    tree.write("usr/lib/x86_64-linux-gnu/libx.a", "");
    tree.write("usr/lib/x86_64-linux-gnu/libx.so", "");
    tree.write("usr/include/x.h", "");

    slim(tree);

    EXPECT_FALSE(tree.has("usr/lib/x86_64-linux-gnu/libx.a"));
    EXPECT_TRUE(tree.has("usr/lib/x86_64-linux-gnu/libx.so"));
    EXPECT_FALSE(tree.has("usr/include"));
}

TEST(Strip, RemovesSymbolTablesAndLeavesTheProgramRunning) {
    const Scratch tree;
    tree.folder("usr/bin");
    fs::copy_file("/proc/self/exe", tree / "usr/bin/program");
    ASSERT_TRUE(is_unstripped_elf(tree / "usr/bin/program"));

    slim(tree);

    EXPECT_FALSE(is_unstripped_elf(tree / "usr/bin/program"));
    EXPECT_EQ(::system(("'" + (tree / "usr/bin/program").string() + "' --gtest_list_tests >/dev/null").c_str()), 0);
}

TEST(Strip, TakesOtherFilesForWhatTheyAre) {
    const Scratch tree;
    tree.write("script", "#!/bin/sh\n");
    tree.write("truncated", "\177ELF\2\1\1");
    tree.link("loop", "loop");

    EXPECT_FALSE(is_unstripped_elf(tree / "script"));
    EXPECT_FALSE(is_unstripped_elf(tree / "truncated"));
    EXPECT_FALSE(is_unstripped_elf(tree / "loop"));
}

}  // namespace
}  // namespace mayfly::rootfs
