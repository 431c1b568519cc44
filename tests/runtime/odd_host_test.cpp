// Hosts that lack something, by what a process that finds it missing does: it works, or says by name what is missing,
// and is never weaker in silence. Calls are missing where a filter answers in their place.
#include <fcntl.h>
#include <linux/landlock.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <optional>

#include "base/sanitizer.h"
#include "tests/runtime/test_engine.h"

namespace mayfly::test {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Matcher;
using ::testing::Not;

// One of these in a microVM process would be the caller's.
bool has_leaked(const std::string& file) {
    for (const pid_t pid : children()) {
        std::error_code code;
        for (fs::directory_iterator at("/proc/" + std::to_string(pid) + "/fd", code), end; !code && at != end;
             at.increment(code))
            if (fs::read_symlink(*at, code) == file) return true;
    }
    return false;
}

// An invocation in a new engine: its reply and the engine's warnings, or the error.
std::string invoke_here() {
    const char* const file = "/etc/hostname";
    const int inherited = ::open(file, O_RDONLY);  // without O_CLOEXEC, as some programs do
    std::string said;
    EngineOptions options;
    options.log = [&](LogLevel level, std::string_view text) {
        if (level == LogLevel::warning) said += "\nwarning: " + std::string(text);
    };
    auto engine = Engine::open(options);
    if (!engine) return "refused: " + engine.error().message();
    auto function = engine->temporary_function(options_of("returns_its_event"));
    if (!function) return "refused: " + function.error().message();
    const auto invocation = function->invoke(R"("well")", {});
    if (!invocation) return "refused: " + invocation.error().message();
    if (invocation->outcome != Outcome::finished) return "failed: " + invocation->cause;
    if (has_leaked(file)) said += "\nleaked";
    ::close(inherited);
    return "replied: " + invocation->reply + said;
}

// The same in a process of its own, after a change to it; nothing if this user can't make the change.
std::optional<std::string> invoke_after(const std::function<bool()>& change) {
    std::array<int, 2> report{};
    if (::pipe2(report.data(), O_CLOEXEC) != 0) return std::nullopt;
    const pid_t pid = ::fork();
    if (pid == 0) {
        if (!change()) ::_exit(1);
        const std::string said = invoke_here();
        ::_exit(::write(report[1], said.data(), said.size()) >= 0 ? 0 : 2);
    }
    ::close(report[1]);
    std::string said;
    std::array<char, 4096> part{};
    for (ssize_t bytes = 0; (bytes = ::read(report[0], part.data(), part.size())) > 0;)
        said.append(part.data(), static_cast<std::size_t>(bytes));
    ::close(report[0]);
    int status = 0;
    ::waitpid(pid, &status, 0);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 1) return std::nullopt;
    return WIFSIGNALED(status) ? "killed by signal " + std::to_string(WTERMSIG(status)) : said;
}

struct MissingCall {
    int number;
    // Only when an argument (from 0) has this value in these bits.
    int argument = -1;
    std::uint64_t bits = 0;
    int error = ENOSYS;
};

bool take_away(const std::vector<MissingCall>& calls, int error) {
    scmp_filter_ctx filter = ::seccomp_init(SCMP_ACT_ALLOW);
    for (const MissingCall& call : calls) {
        const auto answer = SCMP_ACT_ERRNO(static_cast<std::uint16_t>(call.argument < 0 ? error : call.error));
        const scmp_arg_cmp when{static_cast<unsigned>(std::max(call.argument, 0)), SCMP_CMP_MASKED_EQ, call.bits,
                                call.bits};
        if (::seccomp_rule_add_array(filter, answer, call.number, call.argument < 0 ? 0 : 1, &when) != 0) return false;
    }
    const bool is_loaded = ::seccomp_load(filter) == 0;
    ::seccomp_release(filter);
    return is_loaded;
}

const std::vector<MissingCall> kLandlock{
    {SYS_landlock_create_ruleset}, {SYS_landlock_add_rule}, {SYS_landlock_restrict_self}};
constexpr std::uint64_t kPagemapScan = 0xc0606610;    // of Linux 6.7
constexpr std::uint64_t kMemoryFileIsProgram = 0x10;  // MFD_EXEC, of Linux 6.3
constexpr std::uint64_t kPopulate = 22;               // MADV_POPULATE_READ and _WRITE, of Linux 5.14

// All at once; what Mayfly asks of a kernel is among it.
std::vector<MissingCall> newer_than_5_3() {
    std::vector<MissingCall> calls = kLandlock;
    for (const int number :
         {SYS_clone3, SYS_close_range, SYS_openat2, SYS_pidfd_getfd, SYS_faccessat2, SYS_process_madvise,
          SYS_epoll_pwait2, SYS_mount_setattr, SYS_process_mrelease, SYS_set_mempolicy_home_node})
        calls.push_back({number});
    calls.push_back({SYS_ioctl, 1, kPagemapScan, ENOTTY});
    calls.push_back({SYS_memfd_create, 1, kMemoryFileIsProgram, EINVAL});
    calls.push_back({SYS_madvise, 2, kPopulate, EINVAL});
    return calls;
}

// Their filters answer with EPERM what they do not know; the C library goes on without these two on ENOSYS only.
std::vector<MissingCall> forbidden_by_old_containers() {
    std::vector<MissingCall> calls = newer_than_5_3();
    std::erase_if(calls,
                  [](const MissingCall& call) { return call.number == SYS_clone3 || call.number == SYS_faccessat2; });
    return calls;
}

struct Host {
    std::string name;
    std::vector<MissingCall> missing;
    int error;
    Matcher<std::string> expected;
};
std::ostream& operator<<(std::ostream& out, const Host& host) { return out << host.name; }

const Matcher<std::string> kWorks = AllOf(HasSubstr("replied: \"well\""), Not(HasSubstr("leaked")));
Matcher<std::string> refuses(const std::string& name) { return AllOf(HasSubstr("refused: "), HasSubstr(name)); }

class HostWithout : public ::testing::TestWithParam<Host> {};

// hostile: I8 I9 I10 I11 I12 I16
TEST_P(HostWithout, WorksOrIsRefusedByName) {
    const auto said = invoke_after([] { return take_away(GetParam().missing, GetParam().error); });

    if (!said) GTEST_SKIP() << "this user may not filter system calls";
    EXPECT_THAT(*said, GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(
    A, HostWithout,
    ::testing::Values(
        Host{"landlock", kLandlock, ENOSYS, AllOf(kWorks, HasSubstr("warning: this kernel has no Landlock"))},
        Host{"close_range", {{SYS_close_range}}, ENOSYS, kWorks},
        Host{"what_is_newer_than_5_3", newer_than_5_3(), ENOSYS, AllOf(kWorks, HasSubstr("no Landlock"))},
        Host{"what_an_old_container_forbids", forbidden_by_old_containers(), EPERM, kWorks},
        // As every program with threads and glibc 2.34 or later.
        Host{"leave_for_clone3", {{SYS_clone3}}, EPERM, refuses("starting a thread")},
        Host{"pidfd_open", {{SYS_pidfd_open}}, ENOSYS, refuses("pidfd_open")},
        Host{"seccomp", {{SYS_seccomp}}, ENOSYS, kHasAddressSanitizer ? kWorks : refuses("--insecure-no-seccomp")},
        Host{"unshare", {{SYS_unshare}}, EPERM, refuses("--insecure-no-namespaces")},
        Host{"memfd_create", {{SYS_memfd_create}}, ENOSYS, refuses("memfd_create")},
        Host{"mount", {{SYS_mount}}, EPERM, refuses("mount")}),
    [](const auto& value) { return value.param.name; });

bool has_own_mounts() {
    return ::unshare(CLONE_NEWNS) == 0 && ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
}

std::string invoke_where(const std::function<bool()>& change) {
    return invoke_after(change).value_or("this user may not change it so");
}

// hostile: I14
TEST(HostWithoutProc, IsRefusedByName) {
    if (::geteuid() != 0) GTEST_SKIP() << "only root may unmount it";

    const std::string said = invoke_where([] { return has_own_mounts() && ::umount2("/proc", MNT_DETACH) == 0; });

    EXPECT_THAT(said, refuses("/proc"));
}

// hostile: I14
TEST(HostWhoseProcHidesProcesses, Works) {
    if (::geteuid() != 0) GTEST_SKIP() << "only root may mount it";

    const std::string said =
        invoke_where([] { return has_own_mounts() && ::mount("proc", "/proc", "proc", 0, "hidepid=2") == 0; });

    EXPECT_THAT(said, kWorks);
}

bool limit(int resource, rlim_t most) {
    const rlimit value{most, most};
    return ::setrlimit(static_cast<__rlimit_resource_t>(resource), &value) == 0;
}

// What other tests of this user have on its way counts against the limit too, for a moment.
std::string invoke_with_descriptors(rlim_t most) {
    std::string said;
    for (int tries = 0; tries < 20; ++tries) {
        said = invoke_where([most] { return limit(RLIMIT_NOFILE, most); });
        if (said.find("on their way") == said.npos) break;
        ::usleep(100'000);
    }
    return said;
}

// hostile: I15
TEST(HostWithSmallLimits, WorksOrIsRefusedByName) {
    EXPECT_THAT(invoke_with_descriptors(256), kWorks);
    EXPECT_THAT(invoke_where([] { return limit(RLIMIT_NOFILE, 16); }), HasSubstr("refused: "));
    if (!kHasSanitizer) {  // whose shadow memory takes more address space than that
        EXPECT_THAT(invoke_where([] { return limit(RLIMIT_AS, 1 << 30); }), HasSubstr("refused: "));
    }
    EXPECT_THAT(invoke_where([] { return limit(RLIMIT_CORE, 0) && limit(RLIMIT_MEMLOCK, 0); }), kWorks);
    // Where the signal that ends a program that writes too much is ignored.
    EXPECT_THAT(invoke_where([] { return ::signal(SIGXFSZ, SIG_IGN) != SIG_ERR && limit(RLIMIT_FSIZE, 1 << 20); }),
                HasSubstr("refused: "));
    EXPECT_THAT(invoke_where([] { return limit(RLIMIT_STACK, 256 << 10); }), kWorks);
}

}  // namespace
}  // namespace mayfly::test
