// What single system calls take: a static program that runs natively and in a microVM alike. Prints a line
// for each operation: its name and the nanoseconds one took, the mean of a batch.
#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>

namespace {

constexpr std::size_t kPage = 4096;
constexpr std::size_t kMib = 1u << 20;
constexpr std::size_t kBlock = 4096;  // of a read and a write
constexpr std::size_t kBlocks = 16;   // of the files: they stay in the cache

[[noreturn]] void die(const char* what) {
    std::perror(what);
    std::exit(1);
}

void require(bool holds, const char* what) {
    if (!holds) die(what);
}

double now_ns() {
    timespec time{};
    ::clock_gettime(CLOCK_MONOTONIC, &time);
    return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_nsec);
}

// The first tenth warms up.
template <class Operation>
void measure(const char* name, int count, Operation operation) {
    for (int i = 0; i < count / 10; ++i) operation();
    const double start = now_ns();
    for (int i = 0; i < count; ++i) operation();
    std::printf("%s %.1f\n", name, (now_ns() - start) / count);
}

void measure_getpid() {
    measure("getpid", 20'000, [] { require(::syscall(SYS_getpid) > 0, "getpid"); });
}

// As programs call it: through the vDSO where there is one.
void measure_clock() {
    timespec time{};
    measure("clock_gettime", 20'000, [&] { require(::clock_gettime(CLOCK_REALTIME, &time) == 0, "clock_gettime"); });
}

// A file in /tmp, which is memory in a microVM, and /dev/shm on the host: tmpfs on both sides.
int open_file() {
    for (const char* folder : {"/dev/shm", "/tmp"}) {
        std::array<char, 64> path{};
        std::snprintf(path.data(), path.size(), "%s/mayfly-bench-XXXXXX", folder);
        const int fd = ::mkstemp(path.data());
        if (fd < 0) continue;
        ::unlink(path.data());
        return fd;
    }
    die("a file in tmpfs");
}

void measure_files() {
    const int file = open_file();
    std::array<char, kBlock> block{};
    off_t at = 0;
    const auto next = [&at] { return at = (at + kBlock) % static_cast<off_t>(kBlock * kBlocks); };
    measure("write_4k", 10'000, [&] {
        require(::pwrite(file, block.data(), block.size(), next()) == static_cast<ssize_t>(kBlock), "pwrite");
    });
    measure("read_4k", 10'000, [&] {
        require(::pread(file, block.data(), block.size(), next()) == static_cast<ssize_t>(kBlock), "pread");
    });
    ::close(file);
}

struct PingPong {
    std::array<int, 2> there{};
    std::array<int, 2> back{};
};

void* answer(void* argument) {
    const PingPong& pipes = *static_cast<PingPong*>(argument);
    char byte = 0;
    while (::read(pipes.there[0], &byte, 1) == 1)
        if (::write(pipes.back[1], &byte, 1) != 1) break;
    return nullptr;
}

void measure_pipe() {
    PingPong pipes;
    require(::pipe(pipes.there.data()) == 0 && ::pipe(pipes.back.data()) == 0, "pipe");
    pthread_t thread{};
    require(::pthread_create(&thread, nullptr, answer, &pipes) == 0, "pthread_create");
    char byte = 'x';
    measure("pipe_ping_pong", 5'000, [&] {
        require(::write(pipes.there[1], &byte, 1) == 1 && ::read(pipes.back[0], &byte, 1) == 1, "ping-pong");
    });
    ::close(pipes.there[1]);
    ::pthread_join(thread, nullptr);
}

long futex(std::atomic<std::uint32_t>& word, int operation, std::uint32_t value) {
    static_assert(sizeof(word) == sizeof(std::uint32_t));
    return ::syscall(SYS_futex, &word, operation, value, nullptr, nullptr, 0);
}

void measure_futex_wake() {
    std::atomic<std::uint32_t> word{0};
    measure("futex_wake", 20'000, [&] { require(futex(word, FUTEX_WAKE_PRIVATE, 1) == 0, "futex"); });
}

// 0: this thread's turn, 1: the other's, 2: the end.
void* take_turns(void* argument) {
    auto& turn = *static_cast<std::atomic<std::uint32_t>*>(argument);
    for (;;) {
        while (turn.load() == 0) futex(turn, FUTEX_WAIT_PRIVATE, 0);
        if (turn.load() == 2) return nullptr;
        turn.store(0);
        futex(turn, FUTEX_WAKE_PRIVATE, 1);
    }
}

void measure_futex_turns() {
    std::atomic<std::uint32_t> turn{0};
    pthread_t thread{};
    require(::pthread_create(&thread, nullptr, take_turns, &turn) == 0, "pthread_create");
    measure("futex_ping_pong", 5'000, [&] {
        turn.store(1);
        futex(turn, FUTEX_WAKE_PRIVATE, 1);
        while (turn.load() == 1) futex(turn, FUTEX_WAIT_PRIVATE, 1);
    });
    turn.store(2);
    futex(turn, FUTEX_WAKE_PRIVATE, 1);
    ::pthread_join(thread, nullptr);
}

volatile char* map(std::size_t bytes) {
    void* memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    require(memory != MAP_FAILED, "mmap");
    return static_cast<volatile char*>(memory);
}

void unmap(volatile char* memory, std::size_t bytes) {
    require(::munmap(const_cast<char*>(memory), bytes) == 0, "munmap");
}

void touch(volatile char* memory, std::size_t bytes) {
    for (std::size_t at = 0; at < bytes; at += kPage) memory[at] = 1;
}

void measure_memory() {
    // Once, as a program meets new memory; the mapping itself is not counted.
    volatile char* memory = map(64 * kMib);
    const double start = now_ns();
    touch(memory, 64 * kMib);
    std::printf("touch_64m %.1f\n", now_ns() - start);
    unmap(memory, 64 * kMib);

    measure("mmap_touch_munmap_1m", 100, [] {
        volatile char* once = map(kMib);
        touch(once, kMib);
        unmap(once, kMib);
    });
}

}  // namespace

int main() {
    // A microVM has one processor, and threads that wait for each other are quickest on one.
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(std::max(::sched_getcpu(), 0), &one);
    ::sched_setaffinity(0, sizeof(one), &one);
    // Memory first: what a program has freed, it would get back warm.
    measure_memory();
    measure_getpid();
    measure_clock();
    measure_files();
    measure_pipe();
    measure_futex_wake();
    measure_futex_turns();
}
