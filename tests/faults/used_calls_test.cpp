// That each system call a microVM process is allowed is one that it makes: what is never used is not needed.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <linux/kvm.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>

#include "base/sanitizer.h"
#include "base/unique_fd.h"
#include "microvm/allowed_calls.h"
#include "tests/cli/python_test.h"
#include "tests/faults/tracer.h"

namespace mayfly::faults {
namespace {

using microvm::Purpose;
using Names = std::set<std::string>;
using Words = std::vector<std::string>;

constexpr std::chrono::seconds kLimit{60};
constexpr int kMostRounds = 20;  // some calls depend on who is faster

std::string name_of_ioctl(unsigned long request) { return name_of({SYS_ioctl, {0, request}, 0, 0}); }

// As name_of() gives them: "read", "ioctl:0xae80".
Names allowed_for(Purpose purpose) {
    const jail::AllowedCalls allowed = microvm::allowed_calls(purpose);
    Names names;
    for (const jail::AllowedCall& call : allowed.calls)
        if (call.number != SYS_ioctl) names.emplace(call.name);
    for (const jail::AllowedIoctl& ioctl : allowed.ioctls) names.insert(name_of_ioctl(ioctl.request));
    names.erase(name_of_ioctl(KVM_SET_XCRS));  // where XCR0 can be set (vmm/backend.h): SVM and VMX, not PVM
    // Only where its parent leaves it alone, while the library ends it: each test of ControlProtocol (tests/guests)
    // wants the exit status of a process that was left.
    names.erase("exit_group");
    // Only where the scheduler has put it beside its caller, which for a new program is rare.
    if (purpose == Purpose::program) names.erase("sched_setaffinity");
    return names;
}

std::string read_file(const std::string& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

// What a command prints is not of interest; its input is `path`.
class StandardStreams {
public:
    explicit StandardStreams(const char* path) {
        put(0, UniqueFd{::open(path, O_RDONLY | O_CLOEXEC)});
        for (const int number : {1, 2}) put(number, UniqueFd{::open("/dev/null", O_WRONLY | O_CLOEXEC)});
    }
    ~StandardStreams() {
        for (const int number : {0, 1, 2}) ::dup2(before_[static_cast<std::size_t>(number)].get(), number);
    }
    StandardStreams(const StandardStreams&) = delete;
    StandardStreams& operator=(const StandardStreams&) = delete;

private:
    void put(int number, UniqueFd file) {
        before_.emplace_back(::fcntl(number, F_DUPFD_CLOEXEC, 3));
        ::dup2(file.get(), number);
    }
    std::vector<UniqueFd> before_;
};

// The calls of microVM processes that `command` starts, from the moment they are locked.
Names used_by(const Words& command) {
    Names names;
    Observer observer;
    observer.on_call = [&](Role role, const Call& call, const std::string&) -> std::optional<Fault> {
        if (role == Role::locked) names.insert(name_of(call));
        return std::nullopt;
    };
    Words words{test::mayfly()};
    words.insert(words.end(), command.begin(), command.end());
    const StandardStreams streams(MAYFLY_TEST_BUSY);
    run(words, kLimit, observer);
    return names;
}

Names never_used(Purpose purpose, const std::vector<Words>& commands) {
    Names unused = allowed_for(purpose);
    for (int round = 0; round < kMostRounds && !unused.empty(); ++round)
        for (const Words& command : commands)
            for (const std::string& name : used_by(command)) unused.erase(name);
    return unused;
}

class AllowedCallsInUse : public testing::Test {
protected:
    void SetUp() override {
        if (kHasSanitizer) GTEST_SKIP() << "without a filter of system calls";
        if (::geteuid() != 0) GTEST_SKIP() << "only root may trace a microVM process";
    }
    static std::string event(const std::string& what) { return R"({"do": ")" + what + R"("})"; }
    Words invoke(const std::string& what) const {
        return {"invoke", function_.name(), "--repeat", "2", "-d", event(what)};
    }
    // Until its limit.
    Words hang() const { return {"invoke", impatient_.name(), "--repeat", "2", "-d", event("hang")}; }
    Words train(const std::string& what, const char* timeout_s = kPatient) const {
        return {"function", "update", function_.name(), "--train", event(what), "--timeout", timeout_s};
    }

    static constexpr const char* kPatient = "30";  // traced, on a machine that may be busy
    const test::PythonFunction function_{read_file(MAYFLY_TEST_BUSY), {"--timeout", kPatient}};
    const test::PythonFunction impatient_{read_file(MAYFLY_TEST_BUSY), {"--timeout", "1"}, "impatient"};
};

// hostile: S5
TEST_F(AllowedCallsInUse, ByAFunction) {
    EXPECT_THAT(never_used(Purpose::function, {invoke("ticks"),
                                               invoke("memory"),
                                               invoke("files"),
                                               invoke("log"),
                                               invoke("sleep"),
                                               hang(),
                                               {"bench", "burst", "--samples", "2", "--ready", "1"}}),
                testing::IsEmpty());
}

// hostile: S5
TEST_F(AllowedCallsInUse, ByAProgram) {
    const auto python = [](const std::string& code) {
        return Words{"exec", "python3.11", "--", "/usr/bin/python3", "-S", "-c", "exec(open(0).read()); " + code};
    };

    EXPECT_THAT(never_used(Purpose::program, {python("ticks(); memory(); sleep()"), python("log()")}),
                testing::IsEmpty());
}

// hostile: S5
TEST_F(AllowedCallsInUse, ByALoadThatIsCaptured) {
    const StandardStreams streams("/dev/null");

    EXPECT_THAT(never_used(Purpose::capture,
                           {train("ticks"), train("memory"), train("files"), train("log"), train("hang", "1")}),
                testing::IsEmpty());
}

}  // namespace
}  // namespace mayfly::faults
