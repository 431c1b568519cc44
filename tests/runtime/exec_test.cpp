// Programs from a cold boot.
#include <fcntl.h>
#include <unistd.h>

#include <fstream>

#include "base/unique_fd.h"
#include "tests/runtime/test_engine.h"

namespace mayfly::test {
namespace {

namespace fs = std::filesystem;

struct Ran {
    ExecResult result;
    std::string output;
    std::string errors;
};

Ran run(ExecOptions options) {
    Ran ran;
    options.output = [&](LogStream stream, std::string_view text) {
        (stream == LogStream::output ? ran.output : ran.errors) += text;
    };
    auto result = open_engine().exec(options);
    if (!result) ADD_FAILURE() << result.error().message();
    if (result) ran.result = std::move(*result);
    return ran;
}

Ran run_python(const std::string& program) {
    ExecOptions options;
    options.arguments = {"python3.11", "-S", "-c", program};
    return run(options);
}

TEST(Exec, PassesOutputErrorsAndStatus) {
    const Ran ran = run_python("import sys; print(6*7); print('bad', file=sys.stderr); sys.exit(5)");

    EXPECT_EQ(ran.result.outcome, Outcome::finished) << ran.result.cause << ran.errors;
    EXPECT_EQ(ran.output, "42\n");
    EXPECT_EQ(ran.errors, "bad\n");
    EXPECT_EQ(ran.result.exit_code, 5);
}

TEST(Exec, ASignalDeathIs128PlusItsNumber) {
    EXPECT_EQ(run_python("import os; os.kill(os.getpid(), 9)").result.exit_code, 137);
}

TEST(Exec, LeadsSystemCallsPastTheTrap) {
    const Ran ran = run_python(R"(
import ctypes, os
libc = ctypes.CDLL(None)
for _ in range(100):
    os.getpid()
    os.read(0, 0)
    libc.syscall(39)
text = {name: ctypes.string_at(ctypes.cast(libc[name], ctypes.c_void_p), 48) for name in ("getpid", "read", "syscall")}
print(text["getpid"][0] == 0xe9, b"\x31\xc0\x0f\x05" in text["read"], b"\x4c\x8b\x4c\x24\x08\x0f\x05" in text["syscall"])
print("[syscalls]" in open("/proc/self/maps").read())
)");

    EXPECT_EQ(ran.output, "True False False\nTrue\n") << ran.errors;
}

TEST(Exec, PassesInputEnvironmentFolderAndArguments) {
    int ends[2];
    ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    const UniqueFd input{ends[0]};
    ASSERT_EQ(::write(ends[1], "typed\n", 6), 6);
    ::close(ends[1]);
    ExecOptions options;
    options.arguments = {"/usr/bin/python3.11", "-S", "-c",
                         "import os, sys; print(sys.stdin.read().strip(), os.environ['KEY'], os.getcwd(), sys.argv[1])",
                         "last"};
    options.environment = {{"KEY", "value"}};
    options.working_directory = "/usr";
    options.input = input.get();

    EXPECT_EQ(run(options).output, "typed value /usr last\n");
}

TEST(Exec, CopiesFoldersIn) {
    const fs::path folder = fs::path(::testing::TempDir()) / ("mayfly-mount-" + std::to_string(::getpid()));
    fs::create_directories(folder / "sub");
    std::ofstream(folder / "sub" / "file") << "content";
    ExecOptions options;
    options.arguments = {"python3.11", "-S", "-c", "print(open('/mnt/data/sub/file').read())"};
    options.mounts = {{folder.string(), "/mnt/data"}};

    const Ran ran = run(options);

    fs::remove_all(folder);
    EXPECT_EQ(ran.output, "content\n") << ran.errors;
}

TEST(Exec, MountsAnImageFileAlsoThroughALink) {
    const auto image = open_engine().image("python3.11");
    ASSERT_TRUE(image) << image.error().message();
    const fs::path link = fs::path(::testing::TempDir()) / ("mayfly-link-" + std::to_string(::getpid()));
    fs::create_symlink(image->path, link);
    ExecOptions options;
    options.arguments = {"python3.11", "-S", "-c", "import os; print(os.path.exists('/mnt/image/usr/bin/python3.11'))"};
    options.mounts = {{link.string(), "/mnt/image"}};

    const Ran ran = run(options);

    fs::remove(link);
    EXPECT_EQ(ran.output, "True\n") << ran.errors;
}

TEST(Exec, EndsAtItsTimeLimit) {
    ExecOptions options;
    options.arguments = {"python3.11", "-S", "-c", "while True: pass"};
    options.timeout = std::chrono::milliseconds(700);

    EXPECT_EQ(run(options).result.outcome, Outcome::timed_out);
}

TEST(Exec, SaysWhatIsMissing) {
    ExecOptions options;
    options.arguments = {"/does/not/exist"};
    EXPECT_NE(run(options).result.exit_code, 0);

    options.arguments = {};
    EXPECT_EQ(open_engine().exec(options).error().code, ErrorCode::usage);
    options.arguments = {"python3.11"};
    options.mounts = {{"/does/not/exist", "/mnt"}};
    EXPECT_EQ(open_engine().exec(options).error().code, ErrorCode::usage);
    options.image = "absent";
    EXPECT_EQ(open_engine().exec(options).error().code, ErrorCode::not_found);
}

TEST(Exec, RefusesPlacesThatCannotBeMountedOn) {
    for (const char* path :
         {"relative", "/", "/a/../b", "", "/a/", "/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}) {
        ExecOptions options;
        options.arguments = {"python3.11"};
        options.mounts = {{"/tmp", path}};
        EXPECT_EQ(open_engine().exec(options).error().code, ErrorCode::usage) << path;
    }
}

TEST(Exec, MountsFoldersAndImagesOnly) {
    const fs::path text = fs::path(::testing::TempDir()) / ("mayfly-text-" + std::to_string(::getpid()));
    std::ofstream(text) << std::string(8192, 'x');
    for (const std::string& path : {text.string(), std::string("/dev/null")}) {
        ExecOptions options;
        options.arguments = {"python3.11"};
        options.mounts = {{path, "/mnt"}};

        const auto result = open_engine().exec(options);

        ASSERT_FALSE(result) << path;
        EXPECT_EQ(result.error().code, ErrorCode::usage);
        EXPECT_THAT(result.error().what, ::testing::HasSubstr("not a folder and not an EROFS image"));
    }
    fs::remove(text);
}

TEST(Exec, RefusesTwoFoldersInOnePlace) {
    ExecOptions options;
    options.arguments = {"python3.11"};
    options.mounts = {{"/tmp", "/a"}, {"/usr/share/zoneinfo", "/a"}};

    EXPECT_EQ(open_engine().exec(options).error().code, ErrorCode::usage);
}

}  // namespace
}  // namespace mayfly::test
