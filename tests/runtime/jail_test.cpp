// The process of a microVM as the host sees it while its guest runs.
#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

#include "base/sanitizer.h"
#include "tests/runtime/test_engine.h"

namespace mayfly::test {
namespace {

namespace fs = std::filesystem;

fs::path proc_of(pid_t pid) { return "/proc/" + std::to_string(pid); }

std::string read(const fs::path& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::string value_of(const std::string& status, const std::string& key) {
    const std::size_t at = status.find(key + ":\t");
    if (at == status.npos) return "absent";
    const std::size_t begin = at + key.size() + 2;
    return status.substr(begin, status.find('\n', begin) - begin);
}

std::size_t open_files(pid_t pid, std::string_view name) {
    std::error_code code;
    std::size_t count = 0;
    for (const auto& entry : fs::directory_iterator(proc_of(pid) / "fd", code))
        count += fs::read_symlink(entry, code).string().starts_with(name) ? 1 : 0;
    return count;
}

constexpr std::string_view kVcpu = "anon_inode:kvm-vcpu:";

bool has_microvm(pid_t pid) { return open_files(pid, "anon_inode:kvm-vm") != 0; }

// KVM's own thread, which Linux 6.13 and later start in the process of each VM.
bool is_of_kernel(const fs::path& task) { return read(task / "comm").starts_with("kvm-nx-lpage"); }

// The microVM processes of this test, without the zygotes.
std::vector<pid_t> microvms() {
    std::vector<pid_t> found = children();
    std::erase_if(found, [](pid_t pid) { return !has_microvm(pid); });
    return found;
}

class JailedProcess : public ::testing::Test {
protected:
    void SetUp() override {
        if (::geteuid() != 0) GTEST_SKIP() << "only root may look into a microVM process";
        invoke(function_, "{}", Mode::pristine);
        invoke(function_, "{}", Mode::stateful);
        ASSERT_TRUE(comes_to_have(3)) << living_children();  // and the zygote
        processes_ = microvms();
        ASSERT_EQ(processes_.size(), 2u);
    }
    Function function_ = load("echo");
    std::vector<pid_t> processes_;
};

// A zygote that goes on forking keeps a virtual CPU, for KVM's sake (vmm/spare_vcpu.h): its children have none of it.
TEST_F(JailedProcess, HasItsOwnVirtualCpuAlone) {
    for (int count = 0; count < 4; ++count) invoke(function_, "{}", Mode::fresh);
    std::size_t spares = 0;
    for (const pid_t pid : children())
        if (!has_microvm(pid)) spares += open_files(pid, kVcpu);
    EXPECT_EQ(spares, 1u);
    for (const pid_t pid : processes_) EXPECT_EQ(open_files(pid, kVcpu), 1u);
}

// hostile: S6 H9
TEST_F(JailedProcess, HasNoPrivilegesAndIdsOfItsOwn) {
    std::set<std::string> ids;
    for (const pid_t pid : processes_) {
        const std::string status = read(proc_of(pid) / "status");
        for (const char* set : {"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"})
            EXPECT_EQ(value_of(status, set), "0000000000000000") << set;
        EXPECT_EQ(value_of(status, "NoNewPrivs"), "1");
        EXPECT_EQ(value_of(status, "Seccomp"), kHasAddressSanitizer ? "0" : "2");
        for (const auto& task : fs::directory_iterator(proc_of(pid) / "task"))
            EXPECT_TRUE(task.path().filename() == std::to_string(pid) || is_of_kernel(task.path())) << task.path();
        EXPECT_THAT(value_of(status, "NSpid"), testing::EndsWith("\t1"));
        EXPECT_EQ(value_of(status, "Uid"), value_of(status, "Gid"));
        ids.insert(value_of(status, "Uid"));
    }
    EXPECT_EQ(ids.size(), processes_.size());
    EXPECT_EQ(ids.count("0\t0\t0\t0"), 0u);
}

// hostile: S7
TEST_F(JailedProcess, IsInNoNamespaceOfTheHost) {
    for (const pid_t pid : processes_)
        for (const char* name : {"user", "mnt", "pid", "ipc", "uts", "net", "cgroup"})
            EXPECT_NE(fs::read_symlink(proc_of(pid) / "ns" / name), fs::read_symlink(fs::path("/proc/self/ns") / name))
                << name;
    for (const char* name : {"pid", "ipc", "cgroup"})
        EXPECT_NE(fs::read_symlink(proc_of(processes_[0]) / "ns" / name),
                  fs::read_symlink(proc_of(processes_[1]) / "ns" / name))
            << name;
}

// hostile: S7
TEST_F(JailedProcess, HasAnEmptyReadOnlyRoot) {
    for (const pid_t pid : processes_) {
        EXPECT_TRUE(fs::is_empty(proc_of(pid) / "root"));
        const std::string mounts = read(proc_of(pid) / "mountinfo");
        EXPECT_EQ(std::count(mounts.begin(), mounts.end(), '\n'), 1) << mounts;
        EXPECT_THAT(mounts, testing::HasSubstr(" / / ro,nosuid,nodev,noexec"));
        EXPECT_TRUE(read(proc_of(pid) / "environ").empty());
        EXPECT_EQ(read(proc_of(pid) / "net/dev").find("eth"), std::string::npos);
    }
}

// hostile: S7 C11 E11
TEST_F(JailedProcess, HoldsFewDescriptorsOfKnownKinds) {
    const std::vector<std::string> known = {"/dev/null",
                                            "socket:[",
                                            "/memfd:mayfly-exchange",
                                            "anon_inode:kvm-vm",
                                            "anon_inode:kvm-vcpu:0",
                                            "anon_inode:kvm-vcpu-stats:",
                                            "/proc/"};
    for (const pid_t pid : processes_) {
        std::size_t count = 0;
        for (const auto& entry : fs::directory_iterator(proc_of(pid) / "fd")) {
            const std::string target = fs::read_symlink(entry).string();
            ++count;
            // Where the microVM processes of such a build write what they found.
            if (kHasAddressSanitizer && entry.path().filename() == "2") continue;
            EXPECT_TRUE(std::any_of(known.begin(), known.end(),
                                    [&](const std::string& name) { return target.starts_with(name); }))
                << entry.path() << " is " << target;
            EXPECT_TRUE(!target.starts_with("/proc/") || target.ends_with("/pagemap")) << target;
        }
        EXPECT_LE(count, 12u);
        EXPECT_THAT(read(proc_of(pid) / "limits"), testing::ContainsRegex("Max open files +256 +256"));
    }
}

// hostile: S8
TEST_F(JailedProcess, MapsNothingThatIsWritableAndExecutable) {
    for (const pid_t pid : processes_) {
        std::istringstream maps(read(proc_of(pid) / "maps"));
        for (std::string line; std::getline(maps, line);)
            EXPECT_FALSE(line.find(" rwx") != line.npos || line.find(" -wx") != line.npos) << line;
    }
}

// hostile: F2
TEST_F(JailedProcess, MayHaveMemoryForItsGuestAndLittleBesides) {
    if (kHasSanitizer) GTEST_SKIP() << "sanitizers need memory too";
    const std::uint64_t ram = 128 << 20;
    const std::string most = std::to_string(ram + ram / 32 + (64 << 20));
    for (const pid_t pid : processes_)
        EXPECT_THAT(read(proc_of(pid) / "limits"), testing::ContainsRegex("Max data size +" + most + " +" + most));
}

// hostile: F4
TEST_F(JailedProcess, NeedsNoMoreMemoryForAFloodOfLogs) {
    if (kHasSanitizer) GTEST_SKIP() << "sanitizers need memory too";
    FunctionOptions patient = options_of("log_flood");
    patient.timeout = std::chrono::seconds(30);
    Function flooder = load(patient);
    invoke(flooder, "{}", Mode::stateful);
    std::vector<pid_t> found = microvms();
    std::erase_if(found, [&](pid_t pid) { return std::count(processes_.begin(), processes_.end(), pid) > 0; });
    ASSERT_EQ(found.size(), 1u);
    const auto private_kb = [&] { return std::stoll(value_of(read(proc_of(found.front()) / "status"), "VmData")); };
    const long long before = private_kb();

    for (int count = 0; count < 20; ++count)
        ASSERT_EQ(invoke(flooder, "{}", Mode::stateful).outcome, Outcome::finished);

    EXPECT_LE(private_kb(), before + 4096);
}

// hostile: H8
TEST_F(JailedProcess, LeavesNoCoreFileAndIsNotDumpable) {
    for (const pid_t pid : processes_) {
        EXPECT_THAT(read(proc_of(pid) / "limits"), testing::ContainsRegex("Max core file size +0 +0"));
        struct stat status {};
        ASSERT_EQ(::stat((proc_of(pid) / "mem").c_str(), &status), 0);
        EXPECT_EQ(status.st_uid, 0u);  // proc(5): root's, since the process is not dumpable
    }
}

// Engines that are told to do without say so.
TEST(Jail, IsNamedInTheLogWhereItIsWeaker) {
    std::vector<std::string> warnings;
    EngineOptions options;
    options.accept.no_seccomp = true;
    options.log = [&](LogLevel level, std::string_view text) {
        if (level == LogLevel::warning) warnings.emplace_back(text);
    };
    auto engine = Engine::open(options);
    ASSERT_TRUE(engine);
    auto function = engine->temporary_function(options_of("echo"));
    ASSERT_TRUE(function) << function.error().message();

    EXPECT_EQ(invoke(*function, "{}").outcome, Outcome::finished);

    EXPECT_THAT(warnings, testing::ElementsAre(testing::StartsWith("--insecure-no-seccomp: ")));
}

}  // namespace
}  // namespace mayfly::test
