// What the command says before any microVM runs: help, usage errors, state folder, doctor.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "command.h"

namespace mayfly::test {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;
namespace fs = std::filesystem;

using Words = std::vector<std::string>;

// The arguments are those of the shell's "$0" and "$@".
Finished run_in_shell(const std::string& line, Words arguments) {
    arguments.insert(arguments.begin(), {"/bin/sh", "-c", line, mayfly()});
    const Folder home;
    Command command(arguments);
    return command.with("MAYFLY_HOME", home.path()).run();
}

class Help : public testing::TestWithParam<Words> {};

TEST_P(Help, NamesTheOptionsAndGivesExamples) {
    Words words = GetParam();
    words.push_back("--help");

    const Finished help = run_mayfly(words);

    EXPECT_EQ(help.status, 0);
    EXPECT_THAT(help.out, HasSubstr("--help"));
    EXPECT_THAT(help.out, HasSubstr("Examples:"));
    EXPECT_THAT(help.err, IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(EveryCommand, Help,
                         testing::Values(Words{}, Words{"doctor"}, Words{"image", "build"}, Words{"image", "ls"},
                                         Words{"image", "inspect"}, Words{"image", "rm"}, Words{"exec"}, Words{"image"},
                                         Words{"function"}, Words{"bench"}, Words{"function", "create"},
                                         Words{"function", "ls"}, Words{"function", "inspect"}, Words{"function", "rm"},
                                         Words{"function", "update"}, Words{"invoke"}, Words{"run"},
                                         Words{"bench", "startup"}, Words{"bench", "floor"}, Words{"bench", "invoke"},
                                         Words{"bench", "burst"}, Words{"bench", "growth"}, Words{"bench", "density"},
                                         Words{"bench", "syscalls"}, Words{"bench", "workloads"},
                                         Words{"bench", "counts"}));

class UsageError : public testing::TestWithParam<Words> {};

TEST_P(UsageError, ExitsWithTwoAndSaysWhy) {
    const Finished finished = run_mayfly(GetParam());

    EXPECT_EQ(finished.status, 2) << finished.err;
    EXPECT_THAT(finished.out, IsEmpty());
    EXPECT_THAT(finished.err, StartsWith("mayfly: "));
}

INSTANTIATE_TEST_SUITE_P(BadCommandLine, UsageError,
                         testing::Values(Words{}, Words{"nonsense"}, Words{"image"}, Words{"image", "nonsense"},
                                         Words{"image", "build"}, Words{"image", "inspect"}, Words{"exec"},
                                         Words{"exec", "python3.11"}, Words{"exec", "python3.11", "--"},
                                         Words{"exec", "python3.11", "--mount", "here", "--", "/bin/true"},
                                         Words{"exec", "python3.11", "--memory", "62", "--", "/bin/true"},
                                         Words{"exec", "python3.11", "--memory", "10242", "--", "/bin/true"},
                                         Words{"function", "update", "f", "--timeout", "901"},
                                         Words{"function", "update", "f", "--unset-env", "A=1"},
                                         Words{"exec", "python3.11", "--env", "NOVALUE", "--", "/bin/true"},
                                         Words{"function", "create", "f"},
                                         Words{"function", "create", "f", "--runtime", "python3.11", "--code", "/tmp",
                                               "--handler", "a.b", "--mode", "sloppy"},
                                         Words{"function", "update", "f"}, Words{"invoke"},
                                         Words{"invoke", "f", "--repeat", "0"}, Words{"invoke", "f", "--log", "some"},
                                         Words{"invoke", "f", "--nonsense"}, Words{"invoke", "f", "--", "x"},
                                         Words{"bench"}, Words{"bench", "startup", "--samples", "x"},
                                         Words{"bench", "counts", "--ceilings", "/tmp"}));

struct Advice {
    Words words;
    std::string says;
};

class UsageMessage : public testing::TestWithParam<Advice> {};

TEST_P(UsageMessage, SaysWhatToDo) {
    const Finished finished = run_in_shell(R"(exec "$0" "$@")", GetParam().words);

    EXPECT_EQ(finished.status, 2);
    EXPECT_THAT(finished.err, HasSubstr(GetParam().says));
}

INSTANTIATE_TEST_SUITE_P(
    Commands, UsageMessage,
    testing::Values(
        Advice{{"--bad"}, "there is no option '--bad'"}, Advice{{"image", "--json"}, "there is no option '--json'"},
        Advice{{"image", "build", ""}, "needs a runtime"},
        Advice{{"image", "build", "--package", "six", "python3.11", "--name", "x"}, "--package took every word"},
        Advice{{"exec", "i", "/usr/bin/python3", "-c", "1"},
               "not expected: /usr/bin/python3 -c 1; the program goes behind --"},
        Advice{{"exec", "absent", "--", "/x"}, "mayfly image build RUNTIME --name absent`"},
        Advice{{"exec", "python3.11", "--", "/x"}, "mayfly image build python3.11`"},
        Advice{{"image", "rm", "absent"}, "there is no image 'absent'\n"},
        Advice{{"function", "rm", "absent"}, "there is no function 'absent'\n"},
        Advice{{"invoke", "absent"}, "mayfly function create absent --runtime"},
        Advice{{"exec", "i", "--memory", "abc", "--", "/x"}, "'abc' is not a number"},
        Advice{{"exec", "i", "--timeout", "nan", "--", "/x"}, "'nan' is not a number"},
        Advice{{"exec", "i", "--timeout", "0", "--", "/x"}, "expected a number from 0.001 to 10000000, got '0'"},
        Advice{{"function", "create", "f", "--runtime", "i", "--code", "/tmp", "--handler", "handler"},
               "MODULE.FUNCTION"},
        Advice{{"bench", "startup", "--plot", "/absent/x.svg"}, "/absent/x.svg can't be written"},
        Advice{{"bench", "burst", "--save", "/absent/x.json"}, "/absent/x.json can't be written"},
        Advice{{"bench", "counts", "--ceilings", "/absent/x.json"}, "/absent/x.json can't be read"}));

TEST(HelpOfUpdate, NamesNoDefaults) {
    const Finished help = run_mayfly({"function", "update", "--help"});

    EXPECT_THAT(help.out, testing::Not(HasSubstr("default")));
}

class OddMemory : public testing::TestWithParam<Words> {};

TEST_P(OddMemory, IsAUsageError) {
    const Finished finished = run_in_shell(R"(exec "$0" "$@")", GetParam());

    EXPECT_EQ(finished.status, 2);
    EXPECT_THAT(finished.err, HasSubstr("64 to 10240 MB in steps of 2, not 129"));
}

INSTANTIATE_TEST_SUITE_P(Commands, OddMemory,
                         testing::Values(Words{"exec", "absent", "--memory", "129", "--", "/bin/true"},
                                         Words{"function", "create", "f", "--runtime", "absent", "--code", "/tmp",
                                               "--handler", "a.b", "--memory", "129"}));

TEST(UnknownRuntime, IsAUsageErrorThatNamesThoseThereAre) {
    const Finished finished = run_in_shell(R"(exec "$0" "$@")", {"image", "build", "python3.12"});

    EXPECT_EQ(finished.status, 2);
    EXPECT_THAT(finished.err, HasSubstr("there is no runtime 'python3.12'; there are: python3.11"));
}

TEST(UnknownCommand, IsNamed) {
    const Finished finished = run_mayfly({"image", "explode"});

    EXPECT_THAT(finished.err, HasSubstr("there is no command 'explode'"));
}

TEST(Version, NamesTheReleaseAndTheCommit) {
    const Finished finished = run_mayfly({"--version"});

    EXPECT_EQ(finished.status, 0);
    EXPECT_THAT(finished.out, testing::MatchesRegex("mayfly [0-9]+\\.[0-9]+\\.[0-9]+ \\(.+\\)\n"));
}

class MissingName : public testing::TestWithParam<Words> {};

TEST_P(MissingName, IsAUsageErrorThatNamesIt) {
    const Folder home;
    Words words = GetParam();
    words.insert(words.begin(), mayfly());
    Command command(words);

    const Finished finished = command.with("MAYFLY_HOME", home.path()).run();

    EXPECT_EQ(finished.status, 2) << finished.err;
    EXPECT_THAT(finished.err, HasSubstr("absent"));
}

INSTANTIATE_TEST_SUITE_P(Commands, MissingName,
                         testing::Values(Words{"image", "inspect", "absent"}, Words{"image", "rm", "absent"},
                                         Words{"function", "inspect", "absent"}, Words{"function", "rm", "absent"},
                                         Words{"function", "update", "absent", "--memory", "64"},
                                         Words{"invoke", "absent"}, Words{"exec", "absent", "--", "/bin/true"}));

TEST(StateFolder, IsMayflyHomeFirst) {
    const Folder folder;
    Command command({mayfly(), "image", "ls", "--json"});
    command.with("MAYFLY_HOME", folder.path() / "a")
        .with("XDG_DATA_HOME", folder.path() / "b")
        .with("HOME", folder.path());

    const Finished finished = command.run();

    EXPECT_EQ(finished.status, 0) << finished.err;
    EXPECT_TRUE(fs::is_directory(folder.path() / "a"));
    EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), {}), 1);
}

TEST(StateFolder, IsXdgDataHomeSecond) {
    const Folder folder;
    Command command({mayfly(), "image", "ls", "--json"});
    command.without("MAYFLY_HOME").with("XDG_DATA_HOME", folder.path() / "b").with("HOME", folder.path());

    const Finished finished = command.run();

    EXPECT_EQ(finished.status, 0) << finished.err;
    EXPECT_TRUE(fs::is_directory(folder.path() / "b" / "mayfly"));
    EXPECT_FALSE(fs::exists(folder.path() / ".local"));
}

TEST(StateFolder, IsBelowHomeLast) {
    const Folder folder;
    Command command({mayfly(), "image", "ls", "--json"});
    command.without("MAYFLY_HOME").without("XDG_DATA_HOME").with("HOME", folder.path());

    const Finished finished = command.run();

    EXPECT_EQ(finished.status, 0) << finished.err;
    EXPECT_TRUE(fs::is_directory(folder.path() / ".local" / "share" / "mayfly"));
}

// hostile: G11
TEST(StateFolder, ThatCannotBeMadeIsAHostError) {
    Command command({mayfly(), "image", "ls"});
    command.with("MAYFLY_HOME", "/proc/nowhere");

    const Finished finished = command.run();

    EXPECT_EQ(finished.status, 4);
    EXPECT_THAT(finished.err, HasSubstr("/proc/nowhere"));
}

TEST(Lists, AreEmptyJsonArraysInANewHome) {
    const Folder home;
    Command images({mayfly(), "image", "ls", "--json"});
    Command functions({mayfly(), "function", "ls", "--json"});

    const Finished image_list = images.with("MAYFLY_HOME", home.path()).run();
    const Finished function_list = functions.with("MAYFLY_HOME", home.path()).run();

    EXPECT_EQ(json::parse(image_list.out), json::array());
    EXPECT_EQ(json::parse(function_list.out), json::array());
}

class Output : public testing::TestWithParam<Words> {};

TEST_P(Output, ThatCannotBeWrittenIsAHostError) {
    const Finished finished = run_in_shell(R"(exec "$0" "$@" >/dev/full)", GetParam());

    EXPECT_EQ(finished.status, 4);
    EXPECT_EQ(finished.err,
              "mayfly: writing to standard output: No space left on device; free some space and try again\n");
}

INSTANTIATE_TEST_SUITE_P(Commands, Output,
                         testing::Values(Words{"function", "ls", "--json"}, Words{"image", "ls"}, Words{"--version"},
                                         Words{"invoke", "--help"}));

// Another program may have made the pipe non-blocking.
// hostile: F9
TEST(NonBlockingOutput, WaitsForRoomInAFullPipe) {
    constexpr int kInChild = 9;  // one digit, as the shell takes it
    int ends[2];
    ASSERT_EQ(::pipe2(ends, O_NONBLOCK), 0);
    const std::string filler(4096, 'x');
    while (::write(ends[1], filler.data(), filler.size()) > 0) {
    }
    ASSERT_EQ(::dup2(ends[1], kInChild), kInChild);
    Command command({"/bin/sh", "-c", R"(exec "$0" --version >&9)", mayfly()});
    command.start();
    for (const int fd : {kInChild, ends[1]}) ::close(fd);
    sleep_milliseconds(300);

    std::string text(1 << 20, '\0');
    ::fcntl(ends[0], F_SETFL, 0);
    std::size_t length = 0;
    for (ssize_t got; (got = ::read(ends[0], text.data() + length, text.size() - length)) > 0;)
        length += static_cast<std::size_t>(got);
    ::close(ends[0]);

    EXPECT_EQ(command.wait().status, 0);
    EXPECT_THAT(text.substr(0, length), HasSubstr("xmayfly "));
}

TEST(ClosedStreams, AreReadAndWrittenAsNothing) {
    const Finished finished = run_in_shell(R"(exec "$0" "$@" <&- >&-)", {"function", "ls", "--json"});

    EXPECT_EQ(finished.status, 0);
    EXPECT_THAT(finished.err, IsEmpty());
}

TEST(Colours, StayAwayFromAPipe) {
    const Finished finished = run_mayfly({"nonsense"});

    EXPECT_THAT(finished.err, testing::Not(HasSubstr("\x1b")));
}

// hostile: I18
TEST(Doctor, TellsEveryCheckAsJson) {
    const Finished finished = run_mayfly({"doctor", "--json"});

    const json report = json::parse(finished.out);
    EXPECT_EQ(finished.status, report.at("works").get<bool>() ? 0 : 1);
    ASSERT_GE(report.at("checks").size(), 10u);
    for (const json& check : report.at("checks"))
        EXPECT_TRUE(check.at("status") == "ok" || !check.at("advice").get<std::string>().empty()) << check;
}

TEST(Doctor, NamesOneBackend) {
    const json report = json::parse(run_mayfly({"doctor", "--json"}).out);

    for (const json& check : report.at("checks")) {
        if (check.at("name") != "KVM backend") continue;
        EXPECT_THAT(check.at("found").get<std::string>(), StartsWith(report.at("kvm_backend").get<std::string>()));
    }
}

TEST(Doctor, WarnsOfAStateFolderThatOthersCanRead) {
    const Folder home;
    const auto state_folder = [&](fs::perms mode) {
        fs::permissions(home.path(), mode);
        Command doctor({mayfly(), "doctor", "--json"});
        const json checks = json::parse(doctor.with("MAYFLY_HOME", home.path()).run().out).at("checks");
        return *std::find_if(checks.begin(), checks.end(),
                             [](const json& check) { return check.at("name") == "state folder"; });
    };

    EXPECT_EQ(state_folder(fs::perms::owner_all).at("status"), "ok");
    EXPECT_EQ(state_folder(fs::perms::owner_all | fs::perms::others_read).at("status"), "warning");
}

TEST(Doctor, TellsTheFreeDisk) {
    const Folder home;
    Command command({mayfly(), "doctor", "--json"});

    const Finished finished = command.with("MAYFLY_HOME", home.path()).run();

    const json checks = json::parse(finished.out).at("checks");
    EXPECT_THAT(checks.dump(), HasSubstr("MiB free for " + home.path().string()));
}

TEST(Doctor, CallsItMissingWhatFunctionsCannotBeCreatedWithout) {
    Command command({mayfly(), "doctor", "--json"});

    const Finished finished = command.with("PATH", "/absent").run();

    EXPECT_EQ(finished.status, 1);
    const json printed = json::parse(finished.out);
    for (const json& check : printed.at("checks"))
        EXPECT_TRUE(check.at("name") != "mkfs.erofs" || check.at("status") == "missing") << check;
}

// A world without /dev/kvm: bubblewrap makes a /dev of its own.
const Words kWithoutKvm{"bwrap", "--dev-bind", "/", "/", "--dev", "/dev", "--"};

Words without_kvm(const Words& command) {
    Words words = kWithoutKvm;
    words.insert(words.end(), command.begin(), command.end());
    return words;
}

bool bubblewrap_works() {
    Command probe(without_kvm({"/bin/true"}));
    return probe.run().status == 0;
}

// hostile: G14 I13
TEST(Doctor, ExitsWithOneAndSaysWhatToDoWithoutKvm) {
    if (!bubblewrap_works()) GTEST_SKIP() << "bubblewrap does not work here";
    Command command(without_kvm({mayfly(), "doctor"}));

    const Finished finished = command.run();

    EXPECT_EQ(finished.status, 1) << finished.err;
    EXPECT_THAT(finished.out, HasSubstr("missing"));
    EXPECT_THAT(finished.out, HasSubstr("/dev/kvm"));
}

}  // namespace
}  // namespace mayfly::test
