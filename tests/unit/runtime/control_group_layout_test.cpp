// hostile: I1 I2 I3 I4 I5 I6
#include "runtime/control_group_layout.h"

#include <gtest/gtest.h>

namespace mayfly::runtime {
namespace {

struct Layout {
    std::string name;
    std::string cgroup;
    std::string mountinfo;
    std::vector<GroupHierarchy> expected;
};

std::ostream& operator<<(std::ostream& out, const Layout& layout) { return out << layout.name; }

class GroupLayout : public testing::TestWithParam<Layout> {};

TEST_P(GroupLayout, IsWhatTheKernelSays) {
    EXPECT_EQ(parse_group_layout(GetParam().cgroup, GetParam().mountinfo), GetParam().expected);
}

const std::vector<Layout> kLayouts{
    {"version_2",
     "0::/user.slice/session-3.scope\n",
     "29 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n",
     {{2, "/sys/fs/cgroup/user.slice/session-3.scope", {}}}},
    {"version_1",
     "5:memory:/a\n4:pids:/b/c\n3:cpu,cpuacct:/\n2:freezer:/d\n",
     "35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
     "36 31 0:33 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids\n"
     "37 31 0:34 / /sys/fs/cgroup/cpu,cpuacct rw shared:1 master:2 - cgroup cgroup rw,cpu,cpuacct\n"
     "38 31 0:35 / /sys/fs/cgroup/freezer rw - cgroup cgroup rw,freezer\n",
     {{1, "/sys/fs/cgroup/memory/a", {Controller::memory}},
      {1, "/sys/fs/cgroup/pids/b/c", {Controller::pids}},
      {1, "/sys/fs/cgroup/cpu,cpuacct", {Controller::cpu}}}},
    {"hybrid",
     "4:memory:/a\n1:name=systemd:/x\n0::/x\n",
     "35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
     "40 31 0:37 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,name=systemd\n"
     "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n",
     {{1, "/sys/fs/cgroup/memory/a", {Controller::memory}}, {2, "/sys/fs/cgroup/unified/x", {}}}},
    {"all_on_one_mount",
     "1:memory,pids,cpu:/me\n",
     "35 31 0:32 / /cgroup rw - cgroup none rw,cpu,memory,pids\n",
     {{1, "/cgroup/me", {Controller::memory, Controller::pids, Controller::cpu}}}},
    {"a_container_without_a_namespace",
     "0::/docker/abc/init\n",
     "29 23 0:26 /docker/abc /sys/fs/cgroup ro - cgroup2 cgroup rw\n",
     {{2, "/sys/fs/cgroup/init", {}}}},
    {"mounted_elsewhere_than_this_process_lies",
     "0::/other\n",
     "29 23 0:26 /docker/abc /sys/fs/cgroup ro - cgroup2 cgroup rw\n",
     {}},
    {"outside_the_namespace", "0::/../../host\n", "29 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup rw\n", {}},
    {"not_mounted", "4:memory:/a\n0::/\n", "23 1 8:1 / / rw - ext4 /dev/sda1 rw\n", {}},
    {"none", "", "", {}},
    {"names_with_blanks",
     "4:memory:/a b\n",
     "35 31 0:32 / /my\\040groups rw - cgroup cgroup rw,memory\n",
     {{1, "/my groups/a b", {Controller::memory}}}},
    {"nonsense",
     ":::\nx\n4:memory\n",
     "- cgroup\n35 - cgroup2\n1 2 3 4 5 6 - cgroup\n\\0 \\ \\ \\ \\ - cgroup x y\n",
     {}},
};

INSTANTIATE_TEST_SUITE_P(Of, GroupLayout, testing::ValuesIn(kLayouts),
                         [](const auto& value) { return value.param.name; });

TEST(GroupLayoutOfThisProcess, CanBeRead) {
    for (const GroupHierarchy& hierarchy : group_layout()) EXPECT_TRUE(std::filesystem::is_directory(hierarchy.folder));
}

}  // namespace
}  // namespace mayfly::runtime
