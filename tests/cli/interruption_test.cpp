// Ctrl-C, kill -9 and two commands at once: no process is left, no state is half-written.
#include <gmock/gmock.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>

#include "python_test.h"

namespace mayfly::test {
namespace {

using nlohmann::json;
using testing::HasSubstr;

std::vector<std::string> sleeping_program() {
    return {mayfly(),           "exec", "python3.11", "--",
            "/usr/bin/python3", "-S",   "-c",         "import time; print('ready', flush=True); time.sleep(600)"};
}

std::vector<std::string> create_words(const std::string& name, const std::string& code) {
    return {mayfly(),     "function", "create", name,        "--runtime",
            "python3.11", "--code",   code,     "--handler", "app.handler"};
}

bool has_vm(const Process& process) {
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator("/proc/" + std::to_string(process.pid) + "/fd", error))
        if (std::filesystem::read_symlink(entry, error) == "anon_inode:kvm-vcpu:0") return true;
    return false;
}

// The process that holds a virtual machine, not the one it was forked from.
std::optional<Process> microvm_of(const Command& command) {
    const auto all = command.microvms();
    const auto found = std::find_if(all.begin(), all.end(), has_vm);
    return found == all.end() ? std::nullopt : std::optional(*found);
}

// Starts the command and waits until its guest runs; gives the microVM's process.
Process start_and_wait(Command& command) {
    command.start();
    EXPECT_TRUE(eventually([&] { return microvm_of(command).has_value(); }));
    return microvm_of(command).value_or(Process{});
}

bool ends(const Process& process) {
    return eventually([&] { return !is_alive(process); });
}

class Signal : public testing::TestWithParam<int> {};

TEST_P(Signal, EndsTheMicrovmAndExitsWith130) {
    Command command(sleeping_program());
    const Process microvm = start_and_wait(command);

    command.signal(GetParam());
    const Finished finished = command.wait();

    EXPECT_EQ(finished.status, 130);
    EXPECT_TRUE(ends(microvm));
}

INSTANTIATE_TEST_SUITE_P(Interrupt, Signal, testing::Values(SIGINT, SIGTERM, SIGHUP));

TEST(IgnoredSignal, StaysIgnored) {
    Command command({"/bin/sh", "-c", R"(trap '' HUP; exec "$0" "$@")", mayfly(), "exec", "python3.11", "--",
                     "/usr/bin/python3", "-S", "-c", "import time; time.sleep(1); print('survived')"});
    start_and_wait(command);

    command.signal(SIGHUP);
    const Finished finished = command.wait();

    EXPECT_EQ(finished.status, 0);
    EXPECT_EQ(finished.out, "survived\n");
}

TEST(CtrlC, OnTheWholeProcessGroupExitsWith130) {
    Command command(sleeping_program());
    const Process microvm = start_and_wait(command);

    command.signal_group(SIGINT);
    const Finished finished = command.wait();

    EXPECT_EQ(finished.status, 130);
    EXPECT_TRUE(ends(microvm));
}

// The seconds between Ctrl-C and the end of a command that was given a second to get under way. Its input
// is a pipe into which nobody writes.
double seconds_to_end(const std::vector<std::string>& words) {
    const Folder folder;
    std::vector<std::string> arguments{"/bin/sh", "-c", R"(mkfifo "$PIPE" && exec "$0" "$@" 0<>"$PIPE")", mayfly()};
    arguments.insert(arguments.end(), words.begin(), words.end());
    Command command(arguments);
    command.with("PIPE", folder.path() / "pipe").start();
    sleep_milliseconds(1000);
    command.signal_group(SIGINT);
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_EQ(command.wait().status, 130);
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

// On a busy machine. After three seconds a command that does not end is ended.
constexpr double kAtOnce = 2.5;

TEST(CtrlC, EndsACommandThatWaitsForInputAtOnce) {
    const PythonFunction function(kEcho);

    EXPECT_LT(seconds_to_end({"invoke", function.name(), "-d", "-"}), kAtOnce);
    EXPECT_LT(
        seconds_to_end({"run", function.code(), "--runtime", "python3.11", "--handler", "app.handler", "-d", "-"}),
        kAtOnce);
}

TEST(CtrlC, EndsAMeasurementAtOnce) { EXPECT_LT(seconds_to_end({"bench", "floor", "--samples", "1000000"}), kAtOnce); }

class CtrlCInABenchmark : public testing::TestWithParam<const char*> {};

TEST_P(CtrlCInABenchmark, EndsItWithoutAVerdict) {
    Command command({mayfly(), "bench", GetParam(), "--samples", "100000"});
    command.start();
    sleep_milliseconds(1500);

    command.signal_group(SIGINT);
    const Finished finished = command.wait();

    EXPECT_EQ(finished.status, 130);
    EXPECT_THAT(finished.out, testing::IsEmpty());
    EXPECT_THAT(finished.err, testing::Not(testing::HasSubstr("proof failed")));
    EXPECT_THAT(finished.err, testing::Not(testing::HasSubstr("Traceback")));
}

INSTANTIATE_TEST_SUITE_P(Each, CtrlCInABenchmark,
                         testing::Values("startup", "invoke", "workloads", "syscalls", "burst", "density", "counts"));

// hostile: E8
TEST(Kill, LeavesNoProcessBehind) {
    Command command(sleeping_program());
    const Process microvm = start_and_wait(command);

    command.signal(SIGKILL);
    command.wait();

    EXPECT_TRUE(ends(microvm));
}

// Whether a microVM runs a program or a function.
TEST(Kill, OfTheMicrovmIsAHostError) {
    const PythonFunction function("import time\ndef handler(event, context):\n    time.sleep(2)\n");
    Command program(sleeping_program());
    Command invocation({mayfly(), "invoke", function.name()});

    for (Command* command : {&program, &invocation}) {
        start_and_wait(*command);
        for (const Process& process : command->microvms())
            ::kill(process.pid, SIGKILL);  // and what they are forked from
        EXPECT_EQ(command->wait().status, 4);
    }
}

// As a package manager does it: another file takes the name. What runs, and what it forks, is the old one.
// hostile: G18
TEST(Replacement, OfTheProgramWhileItRunsIsNotNoticed) {
    const PythonFunction function("def handler(event, context):\n    return 1\n");
    Folder folder;
    const std::filesystem::path program = folder.path() / "mayfly";
    std::filesystem::copy(mayfly(), program);
    Command command({program, "invoke", function.name(), "--fresh", "--repeat", "100"});
    start_and_wait(command);

    folder.file("other", "#!/bin/false\n");
    std::filesystem::rename(folder.path() / "other", program);
    const Finished finished = command.wait();

    EXPECT_EQ(finished.status, 0) << finished.err;
    EXPECT_EQ(std::count(finished.out.begin(), finished.out.end(), '1'), 100) << finished.out;
}

// At many points of a creation: whatever the moment, afterwards the function is there whole or not at all.
TEST(Kill, WhileAFunctionIsCreatedLeavesItWholeOrAbsent) {
    Folder code;
    code.file("app.py", kEcho);
    const std::string name = "killed-" + std::to_string(::getpid());

    for (const int delay : {1, 5, 10, 20, 40, 60, 80, 120, 200, 400}) {
        Command create(create_words(name, code.path()));
        create.start();
        sleep_milliseconds(delay);
        create.signal(SIGKILL);
        create.wait();

        const Finished list = run_mayfly({"function", "ls", "--json"});
        ASSERT_EQ(list.status, 0) << list.err;
        ASSERT_TRUE(json::accept(list.out)) << list.out;
        if (list.out.find(name) != std::string::npos) {
            EXPECT_EQ(run_mayfly({"invoke", name, "-d", "1"}).out, "1\n") << "after " << delay << " ms";
            run_mayfly({"function", "rm", name});
        }
        EXPECT_TRUE(eventually([] { return orphaned_microvms().empty(); }));
    }
    Command create(create_words(name, code.path()));
    EXPECT_EQ(create.run().status, 0);
    EXPECT_EQ(run_mayfly({"function", "rm", name}).status, 0);
}

// hostile: E6 G16
TEST(TwoCommands, ThatCreateOneNameMakeOneFunction) {
    Folder code;
    code.file("app.py", kEcho);
    const std::string name = "twice-" + std::to_string(::getpid());
    Command first(create_words(name, code.path()));
    Command second(create_words(name, code.path()));

    first.start();
    second.start();
    const Finished one = first.wait();
    const Finished two = second.wait();

    EXPECT_EQ((one.status == 0) + (two.status == 0), 1) << one.err << two.err;
    EXPECT_THAT(one.err + two.err, HasSubstr(name));
    EXPECT_EQ(run_mayfly({"invoke", name, "-d", "1"}).out, "1\n");
    run_mayfly({"function", "rm", name});
}

// hostile: E6
TEST(Removal, WhileAnInvocationRunsLetsItFinish) {
    const PythonFunction function("import time\ndef handler(event, context):\n    time.sleep(1)\n    return 'done'\n");
    Command invocation({mayfly(), "invoke", function.name()});
    start_and_wait(invocation);

    run_mayfly({"function", "rm", function.name()});

    EXPECT_EQ(invocation.wait().out, "\"done\"\n");
}

}  // namespace
}  // namespace mayfly::test
