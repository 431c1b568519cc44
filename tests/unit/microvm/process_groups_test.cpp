// A forked process is born into its control groups. Needs a hierarchy that may be written.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <iterator>
#include <string>

#include "microvm/process.h"

namespace mayfly::microvm {
namespace {

using testing::HasSubstr;

// A group of this test alone, in the first of the hierarchies that lets it.
class OwnGroup {
public:
    explicit OwnGroup(std::initializer_list<const char*> hierarchies) {
        for (const char* hierarchy : hierarchies) {
            path_ = std::string(hierarchy) + "/mayfly-test-" + std::to_string(::getpid());
            if (::mkdir(path_.c_str(), 0755) == 0) return;
        }
        path_.clear();
    }
    ~OwnGroup() {
        if (!path_.empty()) ::rmdir(path_.c_str());
    }
    OwnGroup(const OwnGroup&) = delete;
    OwnGroup& operator=(const OwnGroup&) = delete;

    const std::string& path() const { return path_; }
    std::string name() const { return path_.substr(path_.rfind('/')); }

private:
    std::string path_;
};

// What a process that was forked with these groups says of its own, or nothing if it ended before.
std::string groups_of_forked(const GroupDescriptors& groups) {
    std::array<int, 2> report{};
    EXPECT_EQ(::pipe2(report.data(), O_CLOEXEC), 0);
    const pid_t zygote = ::fork();
    if (zygote == 0) {
        const UniqueFd socket{::open("/dev/null", O_RDONLY | O_CLOEXEC)};
        const auto forked = fork_microvm_process(socket, 0, groups);
        if (forked && forked->pid == 0) {
            std::ifstream file("/proc/self/cgroup");
            const std::string text{std::istreambuf_iterator<char>(file), {}};
            static_cast<void>(::write(report[1], text.data(), text.size()));
        }
        ::_exit(forked ? 0 : 1);
    }
    ::close(report[1]);
    std::string text;
    std::array<char, 4096> part{};
    for (ssize_t bytes = 0; (bytes = ::read(report[0], part.data(), part.size())) > 0;)
        text.append(part.data(), static_cast<std::size_t>(bytes));
    ::close(report[0]);
    while (::waitpid(-1, nullptr, 0) > 0) {
    }
    return text;
}

TEST(ForkedProcess, IsClonedIntoAGroupOfVersion2) {
    const OwnGroup group({"/sys/fs/cgroup/unified", "/sys/fs/cgroup"});
    const UniqueFd folder{::open(group.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (group.path().empty() || ::access((group.path() + "/cgroup.controllers").c_str(), F_OK) != 0)
        GTEST_SKIP() << "no hierarchy of version 2";

    EXPECT_THAT(groups_of_forked({folder.get(), {}}), HasSubstr("0::" + group.name() + "\n"));
}

TEST(ForkedProcess, EntersGroupsOfVersion1) {
    const OwnGroup group({"/sys/fs/cgroup/pids"});
    if (group.path().empty()) GTEST_SKIP() << "no hierarchy of version 1";
    const std::array<UniqueFd, 1> tasks{UniqueFd{::open((group.path() + "/tasks").c_str(), O_WRONLY | O_CLOEXEC)}};

    EXPECT_THAT(groups_of_forked({-1, tasks}), HasSubstr("pids:" + group.name() + "\n"));
}

// hostile: G10
TEST(ForkedProcess, ThatCantEnterItsGroupsEndsBeforeItDoesAnything) {
    const std::array<UniqueFd, 1> tasks{UniqueFd{::open("/dev/full", O_WRONLY | O_CLOEXEC)}};

    EXPECT_EQ(groups_of_forked({-1, tasks}), "");
}

}  // namespace
}  // namespace mayfly::microvm
