// The files of /proc, /sys and /etc that language runtimes read.
#include <dirent.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <sstream>
#include <string>

#include "cases.h"

using namespace mayfly::tests;

namespace {

std::string link(const std::string& path) {
    char target[4096];
    const ssize_t length = ::readlink(path.c_str(), target, sizeof target);
    return length < 0 ? error_name(errno) : std::string(target, static_cast<std::size_t>(length));
}

// The line of a file that starts with `key`.
std::string line_of(const char* path, const std::string& key) {
    std::istringstream lines(read_file(path));
    for (std::string line; std::getline(lines, line);)
        if (line.rfind(key, 0) == 0) return line;
    return "";
}

// A line of /proc/self/status that gives kB.
long status_kib(const std::string& key) { return std::stol(line_of("/proc/self/status", key).substr(key.size())); }

// The line of /proc/self/maps that covers an address, without the address.
std::string mapping_of(const void* address) {
    std::istringstream lines(read_file("/proc/self/maps"));
    for (std::string line; std::getline(lines, line);) {
        unsigned long start = 0, end = 0;
        if (std::sscanf(line.c_str(), "%lx-%lx", &start, &end) != 2) return "cannot be read: " + line;
        const auto wanted = reinterpret_cast<unsigned long>(address);
        if (wanted >= start && wanted < end) return line.substr(line.find(' ') + 1);
    }
    return "none";
}

std::string rights(const void* address) { return mapping_of(address).substr(0, 4); }
std::string last_word(const std::string& line) { return line.substr(line.rfind(' ') + 1); }

void some_function() {}

}  // namespace

CASE(peaks_of_memory_stay_when_it_is_given_back) {
    constexpr std::size_t kBytes = 16 << 20;
    constexpr long kMost = 12 << 10;  // kB; Linux counts in batches
    void* memory = ::mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    std::memset(memory, 1, kBytes);
    OUTCOME(::munmap(memory, kBytes));
    struct rusage usage {};
    OUTCOME(::getrusage(RUSAGE_SELF, &usage));
    SHOW(status_kib("VmPeak:") - status_kib("VmSize:") >= kMost);
    SHOW(status_kib("VmHWM:") - status_kib("VmRSS:") >= kMost);
    SHOW(usage.ru_maxrss - status_kib("VmRSS:") >= kMost);
}

CASE(exe_is_the_program) {
    const std::string path = link("/proc/self/exe");
    SHOW(path.substr(path.rfind('/') + 1).empty());
    struct stat by_link {
    }, by_path{};
    OUTCOME(::stat("/proc/self/exe", &by_link));
    OUTCOME(::stat(path.c_str(), &by_path));
    SHOW(by_link.st_ino == by_path.st_ino && by_link.st_size == by_path.st_size);
    SHOW(read_file("/proc/self/exe").substr(1, 3));
}

CASE(maps_shows_code_data_stack_and_memory) {
    static int data = 1;
    void* code = nullptr;
    void (*function)() = some_function;
    __builtin_memcpy(&code, &function, sizeof code);
    int local = 0;
    SHOW(rights(code));
    SHOW(rights(&data));
    SHOW(rights(&local));
    SHOW(last_word(mapping_of(&local)));
    SHOW(last_word(mapping_of(code)) == link("/proc/self/exe"));
    void* heap = ::sbrk(4096);
    SHOW(last_word(mapping_of(heap)));
    SHOW(mapping_of(nullptr));
}

CASE(maps_follows_mmap_and_mprotect) {
    auto* memory = static_cast<char*>(::mmap(nullptr, 3 * 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    EXPECT(::mprotect(memory + 4096, 4096, PROT_READ | PROT_WRITE) == 0);
    SHOW(rights(memory));
    SHOW(rights(memory + 4096));
    SHOW(rights(memory + 8192));
    EXPECT(::munmap(memory + 4096, 4096) == 0);
    SHOW(mapping_of(memory + 4096));
    SHOW(rights(memory + 8192));
    EXPECT(write_file("file", std::string(8192, 'x')));
    const int fd = ::open("file", O_RDWR);
    void* shared = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 4096);
    const std::string line = mapping_of(shared);
    SHOW(line.substr(0, 13));
    const std::string name = last_word(line);
    SHOW(name.substr(name.rfind('/') + 1));
}

CASE(fd_links) {
    EXPECT(write_file("file", "content"));
    const int fd = ::open("file", O_RDONLY);
    const std::string path = link("/proc/self/fd/" + std::to_string(fd));
    SHOW(path.substr(path.rfind('/')));
    SHOW(read_file(("/proc/self/fd/" + std::to_string(fd)).c_str()));
    int ends[2];
    EXPECT(::pipe(ends) == 0);
    SHOW(link("/proc/self/fd/" + std::to_string(ends[0])).substr(0, 6));
    SHOW(link("/proc/self/fd/999"));
    SHOW(link("/proc/self/fd/nonsense"));
}

CASE(fd_directory_lists_open_descriptors) {
    const int fd = ::open("/dev/null", O_RDONLY);
    DIR* directory = ::opendir("/proc/self/fd");
    int numbers = 0;
    bool found = false;
    while (const dirent* entry = ::readdir(directory)) {
        numbers += entry->d_name[0] != '.';
        found = found || std::to_string(fd) == entry->d_name;
    }
    ::closedir(directory);
    SHOW(numbers);
    SHOW(found);
}

CASE(fd_paths_under_dev) {
    const int fd = ::open("/dev/null", O_RDWR);
    const int again = ::open(("/dev/fd/" + std::to_string(fd)).c_str(), O_WRONLY);
    OUTCOME(again);
    SHOW(link("/dev/stdout"));
    SHOW(link("/dev/fd"));
}

CASE(status_and_stat) {
    const std::string pid = std::to_string(::getpid());
    SHOW(line_of("/proc/self/status", "Pid:") == "Pid:\t" + pid);
    SHOW(line_of("/proc/self/status", "Threads:"));
    SHOW(line_of("/proc/self/status", "VmRSS:").empty());
    SHOW(line_of("/proc/self/status", "VmSize:").empty());
    const std::string stat = read_file("/proc/self/stat");
    SHOW(stat.rfind(pid + " (", 0) == 0);
    SHOW(stat.substr(stat.rfind(')') + 2, 1));
    std::istringstream fields(stat.substr(stat.rfind(')') + 2));
    int count = 0;
    for (std::string field; fields >> field;) ++count;
    SHOW(count);
}

CASE(heap_is_one_mapping) {
    for (int i = 0; i < 20; ++i) EXPECT(::sbrk(64 << 10) != reinterpret_cast<void*>(-1));
    std::istringstream lines(read_file("/proc/self/maps"));
    int heaps = 0;
    for (std::string line; std::getline(lines, line);) heaps += line.find("[heap]") != std::string::npos;
    SHOW(heaps);
}

CASE(status_and_capget_tell_the_same) {
    struct {
        unsigned version = 0x20080522;  // _LINUX_CAPABILITY_VERSION_3
        int pid = 0;
    } header;
    unsigned sets[6] = {};  // effective, permitted, inheritable: the lower halves, then the upper ones
    OUTCOME(::syscall(SYS_capget, &header, sets));
    const auto told = [](const char* key) {
        return std::stoul(line_of("/proc/self/status", key).substr(8), nullptr, 16);
    };
    SHOW(told("CapEff:") == (sets[3] * (1ul << 32) | sets[0]));
    SHOW(told("CapPrm:") == (sets[4] * (1ul << 32) | sets[1]));
    SHOW(told("CapInh:") == (sets[5] * (1ul << 32) | sets[2]));
    SHOW(::getpid() < std::stol(read_file("/proc/sys/kernel/pid_max")));
}

CASE(pid_and_task_folders) {
    const std::string pid = std::to_string(::getpid());
    SHOW(link("/proc/self") == pid);
    SHOW(link("/proc/" + pid + "/exe") == link("/proc/self/exe"));
    struct stat info {};
    OUTCOME(::stat(("/proc/self/task/" + pid).c_str(), &info));
    OUTCOME(::stat("/proc/999999999", &info));
    SHOW(read_file("/proc/self/comm") == line_of("/proc/self/comm", "") + "\n");
}

CASE(cmdline_and_environ) {
    const std::string line = read_file("/proc/self/cmdline");
    SHOW(!line.empty() && line.back() == '\0');
    SHOW(line.find("proc") != std::string::npos);
    SHOW(read_file("/proc/self/statm").empty());
    std::istringstream numbers(read_file("/proc/self/statm"));
    long size = 0, resident = 0;
    numbers >> size >> resident;
    SHOW(size >= resident && resident > 0);
}

CASE(cwd_and_root) {
    char path[4096];
    SHOW(link("/proc/self/cwd") == ::getcwd(path, sizeof path));
    SHOW(link("/proc/self/root"));
}

CASE(system_files) {
    SHOW(line_of("/proc/meminfo", "MemTotal:").empty());
    SHOW(line_of("/proc/meminfo", "MemAvailable:").empty());
    SHOW(line_of("/proc/cpuinfo", "processor").substr(0, 9));
    SHOW(line_of("/proc/cpuinfo", "flags").empty());
    SHOW(line_of("/proc/stat", "cpu ").empty());
    SHOW(read_file("/proc/sys/vm/overcommit_memory").size());
    SHOW(read_file("/sys/devices/system/cpu/online")[0]);
    SHOW(read_file("/sys/devices/system/cpu/possible")[0]);
    SHOW(read_file("/proc/uptime").empty());
    SHOW(read_file("/proc/loadavg").empty());
    SHOW(read_file("/proc/mounts").empty());
    SHOW(read_file("/proc/filesystems").empty());
}

CASE(missing_and_unwritable_entries) {
    OUTCOME(::open("/proc/nothing-here", O_RDONLY));
    OUTCOME(::open("/proc/self/nothing-here", O_RDONLY));
    SHOW(::mkdir("/proc/folder", 0755));
    SHOW(::unlink("/proc/meminfo"));
    SHOW(::open("/proc/new-file", O_WRONLY | O_CREAT, 0644));
}

CASE(small_reads_and_seeks) {
    const int fd = ::open("/proc/self/status", O_RDONLY);
    std::string whole;
    char piece[7];
    for (ssize_t count; (count = ::read(fd, piece, sizeof piece)) > 0;)
        whole.append(piece, static_cast<std::size_t>(count));
    SHOW(whole.rfind("Name:", 0) == 0);
    SHOW(whole.size() > 200);
    SHOW(::lseek(fd, 0, SEEK_SET));
    SHOW(::read(fd, piece, 5));
    SHOW(std::string(piece, 5));
    SHOW(::pread(fd, piece, 4, 1));
    SHOW(std::string(piece, 4));
}

CASE(coredump_filter_and_limits) {
    SHOW(line_of("/proc/self/limits", "Max open files").empty());
    SHOW(read_file("/proc/self/mountinfo").empty());
    SHOW(read_file("/proc/self/cgroup").empty());
}
