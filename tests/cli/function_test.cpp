// mayfly function, invoke and run: what is printed where, and with which exit code.
#include <gmock/gmock.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "python_test.h"

namespace mayfly::test {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

TEST(Invoke, PrintsTheReplyAloneOnStandardOutput) {
    const PythonFunction function("def handler(event, context):\n    print('a log line')\n    return {'got': event}\n");

    const Finished finished = function.invoke({"-d", R"({"n": 1})"});

    EXPECT_EQ(finished.status, 0) << finished.err;
    EXPECT_EQ(json::parse(finished.out), json({{"got", {{"n", 1}}}}));
    EXPECT_EQ(std::count(finished.out.begin(), finished.out.end(), '\n'), 1);
    EXPECT_THAT(finished.err, HasSubstr("a log line"));
    EXPECT_THAT(finished.err, HasSubstr("finished"));
}

TEST(Invoke, PrintsOneObjectAsJson) {
    const PythonFunction function("def handler(event, context):\n    print('a log line')\n    return 7\n");

    const Finished finished = function.invoke({"--json"});

    const json object = json::parse(finished.out);
    EXPECT_EQ(object.at("outcome"), "finished");
    EXPECT_EQ(object.at("reply"), 7);
    EXPECT_EQ(object.at("receipt").at("exits"), 1);
    EXPECT_THAT(object.at("logs").dump(), HasSubstr("a log line"));
    EXPECT_THAT(finished.err, IsEmpty());
}

TEST(Invoke, KeepsEveryDigitOfTheReplyAsJson) {
    const PythonFunction function("def handler(event, context):\n    return {'n': 2**70, 'pi': 3.10, 's': event}\n");
    const std::string reply = R"({"n": 1180591620717411303424, "pi": 3.1, "s": "\"reply\": null"})";

    const Finished one = function.invoke({"--json", "-d", R"("\"reply\": null")"});
    const Finished repeated = function.invoke({"--json", "--repeat", "2", "-d", R"("\"reply\": null")"});

    EXPECT_THAT(one.out, HasSubstr("\"reply\": " + reply + ",\n"));
    EXPECT_TRUE(json::accept(one.out));
    EXPECT_THAT(repeated.out, HasSubstr("\"reply\":" + reply + ","));
    EXPECT_EQ(std::count(repeated.out.begin(), repeated.out.end(), '\n'), 2);
}

TEST(Invoke, PassesNumbersBeyondADoubleBothWays) {
    const PythonFunction function(kEcho);
    const std::string large = "1" + std::string(320, '0');

    EXPECT_EQ(function.invoke({"-d", large}).out, large + "\n");
    EXPECT_THAT(function.invoke({"-d", large, "--json"}).out, HasSubstr("\"reply\": " + large + ",\n"));
}

TEST(Invoke, SendsAnEmptyObjectByDefault) {
    const PythonFunction function(kEcho);

    EXPECT_EQ(function.invoke().out, "{}\n");
}

TEST(Invoke, TakesTheEventFromAFile) {
    PythonFunction function(kEcho);
    function.folder().file("event.json", "[1, 2]");

    EXPECT_EQ(function.invoke({"-d", "@" + function.code() + "/event.json"}).out, "[1, 2]\n");
}

TEST(Invoke, TakesTheEventFromStandardInput) {
    const PythonFunction function(kEcho);

    EXPECT_EQ(function.invoke({"-d", "-"}, "\"in\"").out, "\"in\"\n");
}

TEST(Invoke, RepeatsWithAReplyALineAndASummary) {
    const PythonFunction function(kEcho);

    const Finished finished = function.invoke({"--repeat", "5", "-d", "3"});

    EXPECT_EQ(finished.out, "3\n3\n3\n3\n3\n");
    EXPECT_THAT(finished.err, HasSubstr("5 invocations: 5 finished"));
    EXPECT_THAT(finished.err, HasSubstr("p99"));
}

TEST(Invoke, HidesTheLogOnRequest) {
    const PythonFunction function("def handler(event, context):\n    print('a log line')\n");

    EXPECT_THAT(function.invoke({"--log", "none"}).err, Not(HasSubstr("a log line")));
}

TEST(Invoke, CountsAHiddenLogAsWrittenNotAsLost) {
    const PythonFunction function("def handler(event, context):\n    print('a log line')\n");

    const Finished finished = function.invoke({"--log", "none"});
    const json receipt = json::parse(function.invoke({"--log", "none", "--json"}).out).at("receipt");

    EXPECT_THAT(finished.err, HasSubstr("log 11 B (not shown)\n"));
    EXPECT_EQ(receipt.at("log_bytes"), 11);
    EXPECT_EQ(receipt.at("log_dropped_bytes"), 0);
}

TEST(Invoke, SaysThatTheHandlerDidNotRun) {
    const PythonFunction function(kEcho);
    const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');

    const Finished finished = function.invoke({"-d", "-"}, deep);

    EXPECT_EQ(finished.status, 1);
    EXPECT_THAT(finished.err, HasSubstr("the handler did not run: the event is nested too deeply"));
}

TEST(Invoke, NeedsAFileBehindTheAt) {
    const PythonFunction function(kEcho);

    const Finished finished = function.invoke({"-d", "@"});

    EXPECT_EQ(finished.status, 2);
    EXPECT_THAT(finished.err, HasSubstr("no file behind the @"));
}

TEST(Invoke, TellsItsStepsToWhoeverWantsToDebug) {
    const PythonFunction function(kEcho);
    Command command({mayfly(), "invoke", function.name()});

    const Finished finished = command.with("MAYFLY_DEBUG", "1").run();

    EXPECT_THAT(finished.err, HasSubstr("opened the snapshot of function '" + function.name() + "'"));
    EXPECT_THAT(finished.err, HasSubstr("started a microVM of 128 MB from a snapshot"));
    EXPECT_THAT(function.invoke().err, Not(HasSubstr("started a microVM")));
}

TEST(Invoke, UsesANewMicrovmWhenFresh) {
    const PythonFunction function(kEcho);

    const json object = json::parse(function.invoke({"--fresh", "--json"}).out);

    EXPECT_EQ(object.at("receipt").at("mode"), "fresh");
    EXPECT_TRUE(object.at("receipt").at("new_microvm"));
}

TEST(Invoke, ExitsWithOneWhenTheFunctionRaises) {
    const PythonFunction function("def handler(event, context):\n    raise KeyError('lost')\n");

    const Finished finished = function.invoke();

    EXPECT_EQ(finished.status, 1);
    const json error = json::parse(finished.out);
    EXPECT_EQ(error.at("errorType"), "KeyError");
    EXPECT_THAT(error.at("stackTrace").dump(), HasSubstr("app.py"));
}

TEST(Invoke, ExitsWithTwoWhenTheEventIsNotJson) {
    const PythonFunction function(kEcho);

    const Finished finished = function.invoke({"-d", "{not json"});

    EXPECT_EQ(finished.status, 2);
    EXPECT_THAT(finished.out, IsEmpty());
    EXPECT_THAT(finished.err, HasSubstr("JSON"));
}

TEST(Invoke, ExitsWithThreeWhenTheProcessEndsAndWorksAgainAfterwards) {
    const PythonFunction function(
        "import os\n"
        "def handler(event, context):\n"
        "    print('before the end', flush=True)\n"
        "    if event == 'die': os._exit(3)\n"
        "    return 'alive'\n");

    const Finished crashed = function.invoke({"-d", "\"die\""});
    const Finished next = function.invoke();

    EXPECT_EQ(crashed.status, 3);
    EXPECT_THAT(crashed.err, HasSubstr("before the end"));
    EXPECT_THAT(crashed.err, HasSubstr("crashed"));
    EXPECT_EQ(next.out, "\"alive\"\n");
}

TEST(Invoke, ExitsWithThreeAtTheTimeout) {
    const PythonFunction function("def handler(event, context):\n    while True: pass\n", {"--timeout", "0.5"});

    const Finished finished = function.invoke();

    EXPECT_EQ(finished.status, 3);
    EXPECT_THAT(finished.err, HasSubstr("timed out: the time limit of 0.5 s was reached (--timeout)"));
}

TEST(FunctionCreate, ShowsTheTraceOfAnImportErrorAndCreatesNothing) {
    const PythonFunction function("import not_a_module\n");

    EXPECT_EQ(function.created().status, 1);
    EXPECT_THAT(function.created().err, HasSubstr("No module named 'not_a_module'"));
    EXPECT_THAT(function.created().err, HasSubstr("app.py"));
    EXPECT_EQ(run_mayfly({"function", "inspect", function.name()}).status, 2);
}

TEST(FunctionCreate, SaysThatTheHandlerIsAbsent) {
    const PythonFunction function("def other(event, context):\n    pass\n");

    EXPECT_NE(function.created().status, 0);
    EXPECT_THAT(function.created().err, HasSubstr("handler"));
    EXPECT_EQ(run_mayfly({"function", "inspect", function.name()}).status, 2);
}

TEST(FunctionCreate, RefusesANameThatIsTaken) {
    const PythonFunction function(kEcho);

    const Finished again = run_mayfly({"function", "create", function.name(), "--runtime", "python3.11", "--code",
                                       function.code(), "--handler", "app.handler"});

    EXPECT_EQ(again.status, 2);
    EXPECT_THAT(again.err, HasSubstr(function.name()));
}

TEST(FunctionInspect, TellsTheSettingsAsJson) {
    const PythonFunction function(kEcho,
                                  {"--memory", "256", "--timeout", "1.5", "--env", "STAGE=test", "--mode", "stateful"});

    const json object = json::parse(run_mayfly({"function", "inspect", function.name(), "--json"}).out);

    EXPECT_EQ(object.at("memory_mb"), 256);
    EXPECT_EQ(object.at("timeout_ms"), 1500);
    EXPECT_EQ(object.at("environment"), json({{"STAGE", "test"}}));
    EXPECT_EQ(object.at("mode"), "stateful");
}

TEST(FunctionUpdate, ChangesTheCodeAndKeepsTheRest) {
    PythonFunction function(kEcho, {"--env", "STAGE=test"});
    function.folder().file("app.py", "import os\ndef handler(event, context):\n    return os.environ['STAGE']\n");

    const Finished updated = run_mayfly({"function", "update", function.name(), "--code", function.code()});

    EXPECT_EQ(updated.status, 0) << updated.err;
    EXPECT_EQ(function.invoke().out, "\"test\"\n");
}

TEST(FunctionUpdate, AddsReplacesAndTakesAwayVariables) {
    const PythonFunction function(kEcho, {"--env", "KEPT=1", "--env", "CHANGED=1", "--env", "GONE=1"});

    const Finished updated = run_mayfly({"function", "update", function.name(), "--env", "CHANGED=2", "--env", "NEW=3",
                                         "--unset-env", "GONE", "--json"});

    ASSERT_EQ(updated.status, 0) << updated.err;
    EXPECT_EQ(json::parse(updated.out).at("environment"), json({{"KEPT", "1"}, {"CHANGED", "2"}, {"NEW", "3"}}));
}

TEST(FunctionUpdate, KeepsTheOldFunctionWhenTheNewCodeIsBroken) {
    PythonFunction function(kEcho);
    function.folder().file("app.py", "raise RuntimeError('broken')\n");

    const Finished updated = run_mayfly({"function", "update", function.name(), "--code", function.code()});

    EXPECT_EQ(updated.status, 1);
    EXPECT_EQ(function.invoke({"-d", "5"}).out, "5\n");
}

TEST(ImageRm, IsRefusedWhileAFunctionUsesTheImage) {
    const PythonFunction function(kEcho);

    const Finished finished = run_mayfly({"image", "rm", "python3.11"});

    EXPECT_NE(finished.status, 0);
    EXPECT_EQ(function.invoke().status, 0);
}

TEST(Run, InvokesOnceAndForgets) {
    Folder code;
    code.file("app.py", kEcho);
    const Finished finished = run_mayfly(
        {"run", code.path().string(), "--runtime", "python3.11", "--handler", "app.handler", "-d", R"({"n": 1})"});

    EXPECT_EQ(finished.status, 0) << finished.err;
    EXPECT_EQ(json::parse(finished.out), json({{"n", 1}}));
    EXPECT_THAT(run_mayfly({"function", "ls"}).out, Not(HasSubstr("run")));
}

}  // namespace
}  // namespace mayfly::test
