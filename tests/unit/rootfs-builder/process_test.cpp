#include "rootfs-builder/process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <optional>
#include <thread>

namespace mayfly::rootfs {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

Command shell(const std::string& script) {
    return {.arguments = {"/bin/sh", "-c", script}, .environment = {}, .package = "", .on_line = {}, .stop = nullptr};
}

TEST(Run, ReturnsStandardOutput) {
    const auto output = run(shell("printf 'a\\nb'"));

    ASSERT_TRUE(output);
    EXPECT_EQ(*output, "a\nb");
}

TEST(Run, GivesEachLineAsItComes) {
    std::vector<std::string> lines;
    Command command = shell("echo one; echo two; printf unfinished");
    command.on_line = [&](std::string_view line) { lines.emplace_back(line); };

    ASSERT_TRUE(run(command));

    EXPECT_THAT(lines, ElementsAre("one", "two"));
}

TEST(Run, PassesOutputLargerThanAPipe) {
    const auto output = run(shell("head -c 300000 /dev/zero; head -c 300000 /dev/zero >&2"));

    ASSERT_TRUE(output);
    EXPECT_EQ(output->size(), 300000u);
}

TEST(Run, ErrorTellsProgramStatusAndItsLastWords) {
    const auto output = run(shell("echo first >&2; echo the reason >&2; exit 3"));

    ASSERT_FALSE(output);
    EXPECT_EQ(output.error().code, ErrorCode::io);
    EXPECT_THAT(output.error().what, HasSubstr("sh failed with exit status 3: first; the reason"));
}

TEST(Run, ErrorTellsTheSignal) {
    const auto output = run(shell("kill -11 $$"));

    ASSERT_FALSE(output);
    EXPECT_THAT(output.error().what, HasSubstr("killed by signal 11"));
}

TEST(Run, MissingProgramNamesThePackage) {
    const auto output = run({.arguments = {"mayfly-no-such-tool"},
                             .environment = {},
                             .package = "tool-pkg",
                             .on_line = {},
                             .stop = nullptr});

    ASSERT_FALSE(output);
    EXPECT_EQ(output.error().code, ErrorCode::unavailable);
    EXPECT_THAT(output.error().what, HasSubstr("apt-get install tool-pkg"));
}

TEST(Run, FullDiskIsToldAsSuch) {
    const auto output = run(shell("cat /etc/passwd >/dev/full"));

    ASSERT_FALSE(output);
    EXPECT_EQ(output.error().code, ErrorCode::unavailable);
    EXPECT_EQ(output.error().sys_errno, ENOSPC);
    EXPECT_THAT(output.error().message(), HasSubstr("free some space"));
}

TEST(Run, InheritsNoEnvironmentButWhatIsListed) {
    ::setenv("MAYFLY_TEST_SECRET", "1", 1);
    Command command = shell("env");
    command.environment = {"MAYFLY_TEST_GIVEN=2"};

    const auto output = run(command);

    ASSERT_TRUE(output);
    EXPECT_THAT(*output, Not(HasSubstr("MAYFLY_TEST_SECRET")));
    EXPECT_THAT(*output, HasSubstr("MAYFLY_TEST_GIVEN=2"));
    EXPECT_THAT(*output, HasSubstr("LC_ALL=C.UTF-8"));
}

// Descriptors 0 to 2, closed while this lives.
class ClosedStreams {
public:
    ClosedStreams() {
        for (int fd = 0; fd < 3; ++fd) {
            saved_[fd] = ::fcntl(fd, F_DUPFD_CLOEXEC, 10);
            ::close(fd);
        }
    }
    ClosedStreams(const ClosedStreams&) = delete;
    ClosedStreams& operator=(const ClosedStreams&) = delete;
    ~ClosedStreams() {
        for (int fd = 0; fd < 3; ++fd) {
            ::dup2(saved_[fd], fd);
            ::close(saved_[fd]);
        }
    }

private:
    int saved_[3];
};

TEST(Run, WorksWithoutStandardStreams) {
    std::optional<Result<std::string>> output;
    {
        const ClosedStreams closed;
        output = run(shell("echo lost >&2; readlink /proc/$$/fd/0; echo written"));
    }

    ASSERT_TRUE(*output) << output->error().message();
    EXPECT_EQ(**output, "/dev/null\nwritten\n");
}

TEST(Run, LeaksNoDescriptors) {
    const int leaked = ::open("/dev/null", O_RDONLY);  // without O_CLOEXEC

    const auto output = run(shell("ls /proc/self/fd | wc -l"));

    ::close(leaked);
    ASSERT_TRUE(output);
    EXPECT_EQ(std::stoi(*output), 4);  // 0, 1, 2 and the folder itself
}

TEST(Run, StopFlagEndsItSoonAndItsChildrenToo) {
    StopFlag stop{false};
    Command command = shell("sleep 60 & wait");
    command.stop = &stop;
    std::jthread stopper([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
        stop = true;
    });
    const auto begin = std::chrono::steady_clock::now();

    const auto output = run(command);

    ASSERT_FALSE(output);
    EXPECT_THAT(output.error().what, HasSubstr("stopped"));
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(20));
}

TEST(Run, StopFlagEndsAProgramThatIgnoresTermination) {
    StopFlag stop{true};
    Command command = shell("trap '' TERM; echo ready; sleep 60; sleep 60");
    command.on_line = [&](std::string_view) { stop = true; };
    stop = false;
    command.stop = &stop;

    const auto output = run(command);

    ASSERT_FALSE(output);
    EXPECT_THAT(output.error().what, HasSubstr("stopped during sh"));
}

TEST(Run, StartsNothingOnceStopped) {
    StopFlag stop{true};
    Command command = shell("exit 0");
    command.stop = &stop;

    EXPECT_FALSE(run(command));
}

}  // namespace
}  // namespace mayfly::rootfs
