#include "runtime/control_group.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <cmath>
#include <cstring>
#include <optional>
#include <sstream>
#include <utility>

#include "base/directory.h"

namespace mayfly::runtime {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "mayfly-";
// A microVM process has one thread. With some to spare for the kernel's, which count.
constexpr unsigned kMaxProcesses = 16;
// Short, so that a process that has used its share up still obeys its deadline soon; the kernel refuses a quota below
// a millisecond.
constexpr double kCpuPeriodUs = 20'000;
constexpr double kMinCpuQuotaUs = 1'000;

Result<void> write_text(int folder, const char* name, std::string_view text) {
    const UniqueFd file{::openat(folder, name, O_WRONLY | O_CLOEXEC)};
    if (!file || ::write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
        return fail_errno(ErrorCode::unavailable, "writing " + std::string(text) + " to " + name);
    return {};
}

Result<void> write_number(int folder, const char* name, std::uint64_t number) {
    return write_text(folder, name, std::to_string(number));
}

std::string read_text(int folder, const char* name) {
    const UniqueFd file{::openat(folder, name, O_RDONLY | O_CLOEXEC)};
    std::array<char, 4096> text{};
    const ssize_t bytes = file ? ::read(file.get(), text.data(), text.size()) : -1;
    return bytes > 0 ? std::string(text.data(), static_cast<std::size_t>(bytes)) : std::string();
}

bool exists(int folder, const char* name) { return ::faccessat(folder, name, F_OK, 0) == 0; }

struct CpuQuota {
    std::uint64_t quota_us;
    std::uint64_t period_us;
};

CpuQuota quota_of(double cpu) {
    const double period = std::max(kCpuPeriodUs, kMinCpuQuotaUs / cpu);
    return {static_cast<std::uint64_t>(std::lround(period * cpu)), static_cast<std::uint64_t>(std::lround(period))};
}

// With memory.memsw.limit_in_bytes the kernel keeps memory <= memory and swap, whatever the order of the writes: one
// of the two orders is right.
Result<void> bound_memory_1(int folder, std::uint64_t bytes) {
    constexpr const char* kMemory = "memory.limit_in_bytes";
    constexpr const char* kMemoryAndSwap = "memory.memsw.limit_in_bytes";
    if (!exists(folder, kMemoryAndSwap)) return write_number(folder, kMemory, bytes);
    if (write_number(folder, kMemory, bytes)) return write_number(folder, kMemoryAndSwap, bytes);
    MF_TRY(write_number(folder, kMemoryAndSwap, bytes));
    return write_number(folder, kMemory, bytes);
}

Result<void> bound_memory_2(int folder, std::uint64_t bytes) {
    if (exists(folder, "memory.swap.max")) MF_TRY(write_number(folder, "memory.swap.max", 0));
    MF_TRY(write_number(folder, "memory.oom.group", 1));
    return write_number(folder, "memory.max", bytes);
}

Result<void> bound_cpu(int folder, int version, double cpu) {
    if (cpu == 0) return write_text(folder, version == 2 ? "cpu.max" : "cpu.cfs_quota_us", version == 2 ? "max" : "-1");
    const CpuQuota quota = quota_of(cpu);
    if (version == 2)
        return write_text(folder, "cpu.max", std::to_string(quota.quota_us) + " " + std::to_string(quota.period_us));
    MF_TRY(write_number(folder, "cpu.cfs_period_us", quota.period_us));
    return write_number(folder, "cpu.cfs_quota_us", quota.quota_us);
}

// "mayfly-<process>-<number>": the process it belongs to.
std::optional<pid_t> owner_of(std::string_view name) {
    if (!name.starts_with(kPrefix)) return std::nullopt;
    name.remove_prefix(kPrefix.size());
    pid_t owner = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), owner);
    if (error != std::errc{} || owner <= 0 || end == name.data() + name.size() || *end != '-') return std::nullopt;
    return owner;
}

// Once in this process, whatever engine asks.
std::string new_name() {
    static std::atomic<unsigned> next{0};
    return std::string(kPrefix) + std::to_string(::getpid()) + "-" + std::to_string(next++);
}

// A group with processes in it can't be removed: then it is somebody's.
void clear_leftovers(const fs::path& folder) {
    const auto names = entries_of(folder);
    if (!names) return;
    for (const std::string& name : *names) {
        const auto owner = owner_of(name);
        if (owner && ::kill(*owner, 0) != 0 && errno == ESRCH) ::rmdir((folder / name).c_str());
    }
}

std::vector<Controller> controllers_in(const std::string& text) {
    std::vector<Controller> found;
    std::istringstream words(text);
    for (std::string word; words >> word;)
        for (const Controller controller : kControllers)
            if (word == to_string(controller)) found.push_back(controller);
    return found;
}

// Of version 2: a group whose processes have been let into groups below it has none itself, so that of this process is
// no place to make groups in, unless it is the root; then they are made beside it.
std::optional<GroupHierarchy> place_in_version_2(const fs::path& own) {
    for (const fs::path& folder : {own, own.parent_path()}) {
        const UniqueFd opened{::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)};
        if (!opened || !exists(opened.get(), "cgroup.subtree_control")) continue;
        for (const Controller controller : controllers_in(read_text(opened.get(), "cgroup.controllers")))
            static_cast<void>(
                write_text(opened.get(), "cgroup.subtree_control", "+" + std::string(to_string(controller))));
        auto controllers = controllers_in(read_text(opened.get(), "cgroup.subtree_control"));
        if (!controllers.empty()) return GroupHierarchy{2, folder, std::move(controllers)};
    }
    return std::nullopt;
}

}  // namespace

// The group's folder in each hierarchy.
struct ControlGroup::State {
    struct Place {
        GroupHierarchy hierarchy;
        fs::path path;
        UniqueFd folder;
        UniqueFd tasks;  // of version 1
    };

    bool with_cpu = false;
    std::vector<Place> places;
    std::optional<GroupLimits> limits;
    std::uint64_t oom_kills = 0;

    State() = default;
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    ~State() {
        for (const Place& place : places) ::rmdir(place.path.c_str());
    }

    Result<void> add(const GroupHierarchy& hierarchy, const std::string& name) {
        const fs::path path = hierarchy.folder / name;
        if (::mkdir(path.c_str(), 0755) != 0)
            return fail_errno(ErrorCode::unavailable, "making the control group " + path.string());
        places.push_back({hierarchy, path, {}, {}});
        Place& place = places.back();
        place.folder.reset(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        if (!place.folder) return fail_errno(ErrorCode::unavailable, "opening the control group " + path.string());
        if (hierarchy.version == 2) return {};
        place.tasks.reset(::openat(place.folder.get(), "tasks", O_WRONLY | O_CLOEXEC));
        if (!place.tasks) return fail_errno(ErrorCode::unavailable, "opening the tasks of " + path.string());
        return {};
    }

    Result<void> bound(const GroupLimits& wanted) {
        if (limits == wanted) return {};
        limits.reset();
        for (const Place& place : places) {
            const int folder = place.folder.get();
            const int version = place.hierarchy.version;
            if (place.hierarchy.has(Controller::memory))
                MF_TRY(version == 2 ? bound_memory_2(folder, wanted.memory_bytes)
                                    : bound_memory_1(folder, wanted.memory_bytes));
            if (place.hierarchy.has(Controller::cpu)) MF_TRY(bound_cpu(folder, version, wanted.cpu));
            if (place.hierarchy.has(Controller::pids)) MF_TRY(write_number(folder, "pids.max", kMaxProcesses));
        }
        limits = wanted;
        return {};
    }

    // Not while a process that was in it still dies, nor when somebody has removed it. The file is opened anew: one
    // that is open shows for a second what it showed last.
    bool is_free() const {
        return std::all_of(places.begin(), places.end(), [](const Place& place) {
            const UniqueFd file{::openat(place.folder.get(), "cgroup.procs", O_RDONLY | O_CLOEXEC)};
            char byte = 0;
            return file && ::read(file.get(), &byte, 1) == 0;
        });
    }
};

ControlGroup::ControlGroup(ControlGroups& groups, std::unique_ptr<State> state)
    : groups_(&groups), state_(std::move(state)) {}

ControlGroup::ControlGroup(ControlGroup&&) noexcept = default;

ControlGroup::~ControlGroup() {
    if (state_) groups_->give_back(std::move(state_));
}

int ControlGroup::directory() const {
    for (const State::Place& place : state_->places)
        if (place.hierarchy.version == 2) return place.folder.get();
    return -1;
}

std::vector<int> ControlGroup::task_files() const {
    std::vector<int> files;
    for (const State::Place& place : state_->places)
        if (place.tasks) files.push_back(place.tasks.get());
    return files;
}

bool ControlGroup::has_run_out_of_memory() {
    constexpr std::string_view kKey = "oom_kill ";
    for (const State::Place& place : state_->places) {
        if (!place.hierarchy.has(Controller::memory)) continue;
        const char* file = place.hierarchy.version == 2 ? "memory.events" : "memory.oom_control";
        std::istringstream lines(read_text(place.folder.get(), file));
        for (std::string line; std::getline(lines, line);) {
            if (!line.starts_with(kKey)) continue;
            const std::uint64_t kills = std::strtoull(line.c_str() + kKey.size(), nullptr, 10);
            return std::exchange(state_->oom_kills, kills) < kills;
        }
    }
    return false;
}

std::unique_ptr<ControlGroups> ControlGroups::open(std::vector<GroupHierarchy> layout, bool required) {
    std::unique_ptr<ControlGroups> groups(new ControlGroups(required));
    for (GroupHierarchy& hierarchy : layout) groups->probe(std::move(hierarchy));
    return groups;
}

ControlGroups::ControlGroups(bool required) : required_(required) {}
ControlGroups::~ControlGroups() = default;

// Whether groups can be made there is known when one was.
void ControlGroups::probe(GroupHierarchy hierarchy) {
    if (hierarchy.version == 2) {
        auto place = place_in_version_2(hierarchy.folder);
        if (!place) return;  // as on hosts where version 1 has all controllers
        hierarchy = *std::move(place);
    }
    clear_leftovers(hierarchy.folder);
    ControlGroup::State trial;
    auto made = trial.add(hierarchy, new_name());
    if (made) made = trial.bound({1ull << 30, 0});
    if (made)
        hierarchies_.push_back(std::move(hierarchy));
    else
        refusals_.push_back(made.error().message());
}

bool ControlGroups::has(Controller controller) const {
    return std::any_of(hierarchies_.begin(), hierarchies_.end(),
                       [&](const GroupHierarchy& hierarchy) { return hierarchy.has(controller); });
}

std::string ControlGroups::describe() const {
    std::string text;
    for (const GroupHierarchy& hierarchy : hierarchies_)
        for (const Controller controller : hierarchy.controllers)
            text += (text.empty() ? "" : ", ") + std::string(to_string(controller)) + " (version " +
                    std::to_string(hierarchy.version) + ")";
    return text.empty() ? "none" : text;
}

std::string ControlGroups::missing() const {
    std::string text;
    for (const Controller controller : kControllers)
        if (!has(controller)) text += (text.empty() ? "" : ", ") + std::string(to_string(controller));
    if (text.empty()) return text;
    for (const std::string& refusal : refusals_) text += "; " + refusal;
    return text;
}

Result<ControlGroup> ControlGroups::take(const GroupLimits& limits) {
    if (limits.cpu != 0 && !has(Controller::cpu) && required_)
        return fail(ErrorCode::unavailable,
                    "a share of the processor needs the cpu controller of control groups, which can't be used here (" +
                        missing() + "); --insecure-no-cgroup runs without the limit");
    const bool with_cpu = limits.cpu != 0;
    std::unique_ptr<ControlGroup::State> state = take_idle(with_cpu);
    // One that can't take the limits, since it still holds memory of what ran in it, is not used again.
    if (state == nullptr || !state->bound(limits)) {
        state = MF_TRY(make(with_cpu));
        MF_TRY(state->bound(limits));
    }
    return ControlGroup(*this, std::move(state));
}

// Entering a hierarchy takes a process some 20 to 40 us: that of the processor is left out when it is not needed.
Result<std::unique_ptr<ControlGroup::State>> ControlGroups::make(bool with_cpu) {
    constexpr unsigned kAttempts = 1000;
    for (unsigned attempt = 0; attempt < kAttempts; ++attempt) {
        const std::string name = new_name();
        auto state = std::make_unique<ControlGroup::State>();
        state->with_cpu = with_cpu;
        Result<void> made;
        for (const GroupHierarchy& hierarchy : hierarchies_) {
            const bool is_for_cpu_only = hierarchy.controllers == std::vector{Controller::cpu};
            if (made && (with_cpu || !is_for_cpu_only)) made = state->add(hierarchy, name);
        }
        if (made) return state;
        // It was left by an earlier process of this number.
        if (made.error().sys_errno != EEXIST) return Unexpected(made.error());
    }
    return fail(ErrorCode::unavailable, "every name for a control group is taken");
}

std::unique_ptr<ControlGroup::State> ControlGroups::take_idle(bool with_cpu) {
    const MutexLock lock(mutex_);
    for (auto at = idle_.begin(); at != idle_.end(); ++at) {
        if ((*at)->with_cpu != with_cpu || !(*at)->is_free()) continue;
        auto state = std::move(*at);
        idle_.erase(at);
        return state;
    }
    return nullptr;
}

void ControlGroups::give_back(std::unique_ptr<ControlGroup::State> state) {
    const MutexLock lock(mutex_);
    try {
        idle_.push_back(std::move(state));
    } catch (const std::bad_alloc&) {  // it ends here
    }
}

}  // namespace mayfly::runtime
