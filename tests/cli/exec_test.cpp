// mayfly exec: input, output, status and limits of any program of an image.
#include <gmock/gmock.h>

#include "python_test.h"

namespace mayfly::test {
namespace {

using testing::HasSubstr;

Finished exec_python(const std::string& code, std::vector<std::string> options = {}, std::string input = {}) {
    std::vector<std::string> words{"exec", "python3.11"};
    words.insert(words.end(), options.begin(), options.end());
    for (const char* word : {"--", "/usr/bin/python3", "-S", "-c"}) words.emplace_back(word);
    words.push_back(code);
    return run_mayfly(words, std::move(input));
}

TEST(Exec, PassesOutputErrorsAndStatusThrough) {
    const Finished finished = exec_python("import sys; print(6*7); print('oh', file=sys.stderr); sys.exit(5)");

    EXPECT_EQ(finished.out, "42\n");
    EXPECT_EQ(finished.err, "oh\n");
    EXPECT_EQ(finished.status, 5);
}

TEST(Exec, PassesInputThrough) {
    const Finished finished = exec_python("import sys; print(len(sys.stdin.read()))", {}, std::string(100000, 'x'));

    EXPECT_EQ(finished.out, "100000\n");
}

TEST(Exec, GivesTheProgramNothingToReadWhenInputIsClosed) {
    Command command({"/bin/sh", "-c", R"(exec "$0" "$@" <&-)", mayfly(), "exec", "python3.11", "--", "/usr/bin/python3",
                     "-S", "-c", "import sys; print(len(sys.stdin.read()))"});

    EXPECT_EQ(command.run().out, "0\n");
}

TEST(Exec, GivesADeathBySignalAs128PlusItsNumber) {
    const Finished finished = exec_python("import os; os.kill(os.getpid(), 15)");

    EXPECT_EQ(finished.status, 128 + 15);
}

TEST(Exec, HandsOptionsOfTheProgramToTheProgram) {
    const Finished finished = run_mayfly(
        {"exec", "python3.11", "--", "/usr/bin/python3", "-c", "import sys; print(sys.argv[1:])", "--help", "--"});

    EXPECT_EQ(finished.out, "['--help', '--']\n");
}

TEST(Exec, SetsTheEnvironment) {
    const Finished finished =
        exec_python("import os; print(os.environ['A'], os.environ['B'])", {"--env", "A=1", "--env", "B=x=y"});

    EXPECT_EQ(finished.out, "1 x=y\n");
}

TEST(Exec, ShowsAHostFolderReadOnly) {
    Folder folder;
    folder.file("greeting", "from the host");

    const Finished finished = exec_python(
        "print(open('/data/greeting').read())\n"
        "try: open('/data/new', 'w')\n"
        "except OSError as error: print(error.errno)",
        {"--mount", folder.path().string() + ":/data"});

    EXPECT_EQ(finished.out, "from the host\n30\n");
}

TEST(Exec, EndsWithThreeAtItsTimeout) {
    const Finished finished = exec_python("while True: pass", {"--timeout", "0.5"});

    EXPECT_EQ(finished.status, 3);
    EXPECT_THAT(finished.err, HasSubstr("timed out"));
}

TEST(Exec, SaysThatAProgramIsAbsent) {
    const Finished finished = run_mayfly({"exec", "python3.11", "--", "/usr/bin/absent"});

    EXPECT_NE(finished.status, 0);
    EXPECT_THAT(finished.err, HasSubstr("absent"));
}

TEST(Exec, TracesSystemCallsToStandardError) {
    const Finished finished = exec_python("print(1)", {"--trace-syscalls"});

    EXPECT_EQ(finished.out, "1\n");
    EXPECT_THAT(finished.err, HasSubstr("write(1"));
}

}  // namespace
}  // namespace mayfly::test
