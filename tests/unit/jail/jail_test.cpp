#include "jail/jail.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <string>

#include "tests/unit/jail/inmate.h"

namespace mayfly::jail {
namespace {

constexpr uid_t kNobody = 65534;

// The status of a body that an ordinary user runs.
Ending as_ordinary_user(const std::function<Ending()>& body) {
    const pid_t pid = ::fork();
    if (pid == 0) {
        if (::setresgid(kNobody, kNobody, kNobody) != 0 || ::setresuid(kNobody, kNobody, kNobody) != 0) ::_exit(99);
        ::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);  // as a process that was started by such a user
        const Ending ending = body();
        if (!ending.error.empty()) std::fprintf(stderr, "%s\n", ending.error.c_str());
        ::_exit(ending.status);
    }
    int status = 0;
    ::waitpid(pid, &status, 0);
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, 0, {}};
}

TEST(Jail, LetsAProcessLiveInIt) {
    const Ending ending = in_zygote({}, [](Jail& jail) {
        const Ending locked = in_locked(jail, [](Jail&) { return 7; });
        if (!locked.error.empty()) std::fprintf(stderr, "%s\n", locked.error.c_str());
        return locked.status;
    });

    EXPECT_EQ(ending.status, 7) << ending.error << ending.signal;
}

TEST(Jail, GivesEachProcessIdsOfItsOwn) {
    if (::geteuid() != 0) GTEST_SKIP() << "only root can give ids";
    const Ending ending = in_zygote({}, [](Jail& jail) {
        int ids[2];
        if (::pipe(ids) != 0) return 1;
        for (int i = 0; i < 2; ++i)
            in_entered(jail, [&](Jail&) {
                const uid_t id = ::getuid();
                return ::write(ids[1], &id, sizeof id) == sizeof id ? 0 : 1;
            });
        uid_t read[2] = {0, 0};
        if (::read(ids[0], read, sizeof read) != sizeof read) return 2;
        return read[0] != read[1] && read[0] > 1'000'000 && read[1] > 1'000'000 ? 0 : 3;
    });

    EXPECT_EQ(ending.status, 0) << ending.error;
}

// hostile: I7
TEST(Jail, WorksForAnOrdinaryUser) {
    if (::geteuid() != 0) GTEST_SKIP() << "needs another user to become";
    const Ending ending = as_ordinary_user([] {
        return in_zygote({}, [](Jail& jail) {
            const Ending locked = in_locked(jail, [](Jail&) { return 7; });
            if (!locked.error.empty()) std::fprintf(stderr, "%s\n", locked.error.c_str());
            return locked.status;
        });
    });

    EXPECT_EQ(ending.status, 7);
}

// hostile: H11
TEST(Jail, LetsNoPageBeMergedThoughItsParentWantsThat) {
    constexpr int kSetMemoryMerge = 67;  // of <linux/prctl.h> since 6.4
    constexpr int kGetMemoryMerge = 68;
    if (::prctl(kGetMemoryMerge, 0, 0, 0, 0) < 0) GTEST_SKIP() << "this kernel merges what asks for it only";
    const pid_t pid = ::fork();
    if (pid == 0) {
        if (::prctl(kSetMemoryMerge, 1, 0, 0, 0) != 0) ::_exit(98);
        ::_exit(in_zygote({}, [](Jail& jail) {
                    return in_entered(jail, [](Jail&) { return ::prctl(kGetMemoryMerge, 0, 0, 0, 0); }).status;
                }).status);
    }
    int status = 0;
    ::waitpid(pid, &status, 0);
    if (WEXITSTATUS(status) == 98) GTEST_SKIP() << "this user may not ask for it";

    EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST(Jail, NamesEverythingItIsMadeWithout) {
    const AcceptedRisks all{.no_namespaces = true, .no_unique_ids = true, .no_seccomp = true};
    const Ending ending = in_zygote(all, [](Jail& jail) {
        int named = 0;
        for (const std::string& weakness : jail.weaknesses()) named += weakness.starts_with("--insecure-") ? 1 : 0;
        const Ending locked = in_locked(jail, [](Jail&) { return 0; });
        if (!locked.error.empty()) std::fprintf(stderr, "%s\n", locked.error.c_str());
        return locked.status == 0 ? named : 99;
    });

    EXPECT_EQ(ending.status, 2) << ending.error;  // without namespaces there is no question of ids
}

bool write_file(const char* path, std::string_view text) {
    const UniqueFd file{::open(path, O_WRONLY | O_CLOEXEC)};
    return file && ::write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

// The error of a jail made by a root that is one inside a user namespace only, as in a container; empty: it was made.
std::string error_in_container(const AcceptedRisks& accepted, bool forbids_more_namespaces) {
    int text[2];
    if (::pipe(text) != 0) return "pipe";
    const pid_t pid = ::fork();
    if (pid == 0) {
        const bool is_container = ::unshare(CLONE_NEWUSER) == 0 && write_file("/proc/self/setgroups", "deny") &&
                                  write_file("/proc/self/uid_map", "0 0 1") &&
                                  write_file("/proc/self/gid_map", "0 0 1") &&
                                  (!forbids_more_namespaces || write_file("/proc/sys/user/max_user_namespaces", "0"));
        const Ending ending =
            is_container
                ? in_zygote(accepted, [](Jail& jail) { return in_locked(jail, [](Jail&) { return 0; }).status; })
                : Ending{-1, 0, "no container"};
        if (ending.status != 0) static_cast<void>(::write(text[1], ending.error.data(), ending.error.size()));
        ::_exit(0);
    }
    ::close(text[1]);
    std::array<char, 1024> error{};
    const ssize_t got = ::read(text[0], error.data(), error.size());
    ::close(text[0]);
    ::waitpid(pid, nullptr, 0);
    return {error.data(), static_cast<std::size_t>(std::max<ssize_t>(got, 0))};
}

// A jail that can't be made is an error, not a weaker one.
// hostile: I9
TEST(Jail, RefusesWhereThereAreNoUserNamespaces) {
    EXPECT_THAT(error_in_container({}, true), testing::HasSubstr("--insecure-no-namespaces"));
    EXPECT_EQ(error_in_container({.no_namespaces = true, .no_unique_ids = true}, true), "");
}

// hostile: I8 I9 I16
TEST(Jail, RefusesWhereRootCanGiveNoIds) {
    EXPECT_THAT(error_in_container({}, false), testing::HasSubstr("--insecure-no-unique-ids"));
    EXPECT_EQ(error_in_container({.no_unique_ids = true}, false), "");
}

}  // namespace
}  // namespace mayfly::jail
