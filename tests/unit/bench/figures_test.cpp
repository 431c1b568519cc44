#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

#include "bench/counts/ceilings.h"
#include "bench/density/density.h"
#include "bench/density/kernel_memory.h"
#include "bench/lab/process_use.h"
#include "bench/syscalls/syscalls.h"

namespace mayfly::bench {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(Ceilings, AreReadByTheirPath) {
    const auto ceilings = parse_ceilings(R"({"counts": {"pristine": {"exits": 1}}, "times_us": {"pristine": 300}})");

    ASSERT_TRUE(ceilings);
    EXPECT_EQ(ceilings->counts.at("pristine.exits"), 1);
    EXPECT_EQ(ceilings->times_us.at("pristine"), 300);
}

TEST(Ceilings, ThatAreNoNumbersAreRefused) {
    EXPECT_FALSE(parse_ceilings("not JSON"));
    EXPECT_FALSE(parse_ceilings(R"({"times_us": {}})"));
    EXPECT_FALSE(parse_ceilings(R"({"counts": {"pristine": {"exits": "one"}}})"));
}

TEST(Ceilings, AreExceededByMoreAndNotByAsMuch) {
    EXPECT_THAT(exceeded({{"exits", 1}}, {{"exits", 1}}), IsEmpty());
    EXPECT_THAT(exceeded({{"exits", 2}}, {{"exits", 1}}), ElementsAre("exits is 2, its ceiling is 1"));
}

TEST(Ceilings, OfWhatIsNotMeasuredAreToldAndNotPassed) {
    EXPECT_THAT(exceeded({}, {{"exits", 1}}), ElementsAre(HasSubstr("not measured")));
}

TEST(Slope, IsWhatOneMoreAdds) {
    EXPECT_DOUBLE_EQ(slope_of({{1, 12}, {100, 210}, {1000, 2010}}), 2);
    EXPECT_EQ(slope_of({{5, 1}}), 0);
}

TEST(Operations, AreReadALineEach) {
    const auto operations = parse_operations("getpid 266.6\nread_4k 805\n");

    ASSERT_TRUE(operations);
    ASSERT_EQ(operations->size(), 2u);
    EXPECT_EQ(operations->front().name, "getpid");
    EXPECT_EQ(operations->back().nanoseconds, 805);
}

TEST(Operations, ThatFailedAreNotTakenForFast) {
    EXPECT_FALSE(parse_operations(""));
    EXPECT_FALSE(parse_operations("getpid\n"));
    EXPECT_FALSE(parse_operations("getpid 0\n"));
    EXPECT_FALSE(parse_operations("pread: Bad address\n"));
}

TEST(ProcessUse, SeesAChildAndWhatIsLeftOfIt) {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(0);
    siginfo_t ended{};
    ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(child), &ended, WEXITED | WNOWAIT), 0);

    const std::vector<pid_t> living = process_tree(Zombies::left_out);
    const std::vector<pid_t> all = process_tree(Zombies::counted);

    EXPECT_EQ(std::count(living.begin(), living.end(), child), 0);
    EXPECT_EQ(std::count(all.begin(), all.end(), child), 1);
    ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(child), &ended, WEXITED), 0);
}

TEST(ProcessUse, CountsDescriptorsAndMemory) {
    const ProcessUse before = use_of({::getpid()});
    const int fd = ::dup(0);

    const ProcessUse after = use_of({::getpid()});

    EXPECT_EQ(after.processes, 1u);
    EXPECT_EQ(after.descriptors, before.descriptors + 1);
    EXPECT_GT(after.pss_bytes, 100'000u);
    ::close(fd);
}

constexpr std::size_t kMapped = 8u << 20;

// The first bytes of this program, all of them in memory.
void* map_own_program() {
    const int fd = ::open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    void* mapped = ::mmap(nullptr, kMapped, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
    ::close(fd);
    return mapped;
}

TEST(ProcessUse, TellsMemoryFromFiles) {
    const ProcessUse before = use_of({::getpid()});
    void* program = map_own_program();
    const ProcessUse with_file = use_of({::getpid()});
    void* memory = ::mmap(nullptr, kMapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    const ProcessUse with_memory = use_of({::getpid()});

    EXPECT_LT(with_file.pss_without_files_bytes, before.pss_without_files_bytes + kMapped / 4);
    EXPECT_GE(with_memory.pss_without_files_bytes, with_file.pss_without_files_bytes + kMapped);
    ::munmap(program, kMapped);
    ::munmap(memory, kMapped);
}

TEST(KernelMemory, IsRead) {
    EXPECT_GT(kernel_memory().used_bytes, 1u << 20);
    EXPECT_GT(kernel_memory().available_bytes, 1u << 20);
}

}  // namespace
}  // namespace mayfly::bench
