// Mapped files: private and shared, beyond the end, msync, and memfd_create.
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <string>

#include "cases.h"

using namespace mayfly::tests;

namespace {

constexpr std::size_t kPage = 4096;

int open_with(std::string_view content, int flags = O_RDWR) {
    EXPECT(write_file("file", content));
    return ::open("file", flags);
}

char* map(int fd, std::size_t length, int protection, int flags, off_t offset = 0) {
    void* address = ::mmap(nullptr, length, protection, flags, fd, offset);
    return address == MAP_FAILED ? nullptr : static_cast<char*>(address);
}

std::string mapped(const void* address) { return address == nullptr ? error_name(errno) : "ok"; }

sigjmp_buf escape;
int last_code, last_signal;

void note_fault(int signal, siginfo_t* info, void*) {
    last_signal = signal;
    last_code = info->si_code;
    siglongjmp(escape, 1);
}

std::string reading(const volatile char* address) {
    struct sigaction action {};
    action.sa_sigaction = note_fault;
    action.sa_flags = SA_SIGINFO | SA_NODEFER;
    ::sigaction(SIGSEGV, &action, nullptr);
    ::sigaction(SIGBUS, &action, nullptr);
    if (sigsetjmp(escape, 1) == 0) {
        static_cast<void>(*address);
        return "ok";
    }
    if (last_signal == SIGBUS) return last_code == BUS_ADRERR ? "SIGBUS BUS_ADRERR" : "SIGBUS";
    return "SIGSEGV";
}

}  // namespace

CASE(private_mapping_shows_the_file_and_keeps_writes_to_itself) {
    const int fd = open_with("hello world");
    char* memory = map(fd, kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE);
    SHOW(std::string(memory, 11));
    SHOW(memory[11]);
    memory[0] = 'J';
    SHOW(read_file("file"));
    SHOW(std::string(memory, 11));
}

CASE(shared_mapping_writes_to_the_file) {
    const int fd = open_with("hello world");
    char* memory = map(fd, kPage, PROT_READ | PROT_WRITE, MAP_SHARED);
    std::memcpy(memory, "HELLO", 5);
    SHOW(read_file("file"));
    EXPECT(::pwrite(fd, "there", 5, 6) == 5);
    SHOW(std::string(memory, 11));
    OUTCOME(::msync(memory, kPage, MS_SYNC));
    OUTCOME(::munmap(memory, kPage));
    SHOW(read_file("file"));
}

CASE(two_shared_mappings_are_one) {
    const int fd = open_with(std::string(2 * kPage, 'a'));
    char* first = map(fd, 2 * kPage, PROT_READ | PROT_WRITE, MAP_SHARED);
    char* second = map(fd, kPage, PROT_READ | PROT_WRITE, MAP_SHARED, kPage);
    first[kPage] = 'b';
    SHOW(second[0]);
    second[1] = 'c';
    SHOW(first[kPage + 1]);
}

CASE(mapping_outlives_its_descriptor_and_its_name) {
    const int fd = open_with("still here");
    char* memory = map(fd, kPage, PROT_READ | PROT_WRITE, MAP_SHARED);
    ::close(fd);
    EXPECT(::unlink("file") == 0);
    memory[0] = 'S';
    SHOW(std::string(memory, 10));
}

CASE(beyond_the_last_page_of_a_file) {
    const int fd = open_with("short");
    char* memory = map(fd, 3 * kPage, PROT_READ, MAP_SHARED);
    SHOW(reading(memory + 5));
    SHOW(reading(memory + kPage - 1));
    SHOW(reading(memory + kPage));
    SHOW(reading(memory + 2 * kPage));
    char* copy = map(fd, 3 * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE);
    SHOW(reading(copy + kPage));
}

CASE(mapping_follows_ftruncate) {
    const int fd = open_with("x");
    char* memory = map(fd, 2 * kPage, PROT_READ | PROT_WRITE, MAP_SHARED);
    SHOW(reading(memory + kPage));
    EXPECT(::ftruncate(fd, 2 * kPage) == 0);
    SHOW(reading(memory + kPage));
    memory[kPage] = 'y';
    EXPECT(::ftruncate(fd, 1) == 0);
    SHOW(reading(memory + kPage));
    EXPECT(::ftruncate(fd, 2 * kPage) == 0);
    SHOW(memory[kPage]);
}

CASE(mapping_at_an_offset) {
    std::string content(4 * kPage, 'a');
    content[2 * kPage] = 'z';
    const int fd = open_with(content);
    char* memory = map(fd, kPage, PROT_READ, MAP_PRIVATE, 2 * kPage);
    SHOW(memory[0]);
    SHOW(memory[1]);
    SHOW(mapped(map(fd, kPage, PROT_READ, MAP_PRIVATE, 100)));
}

CASE(rights_of_the_descriptor) {
    const int readable = open_with("text", O_RDONLY);
    SHOW(mapped(map(readable, kPage, PROT_READ | PROT_WRITE, MAP_SHARED)));
    SHOW(mapped(map(readable, kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE)));
    char* memory = map(readable, kPage, PROT_READ, MAP_SHARED);
    OUTCOME(::mprotect(memory, kPage, PROT_READ | PROT_WRITE));
    const int writable = ::open("file", O_WRONLY);
    SHOW(mapped(map(writable, kPage, PROT_READ, MAP_SHARED)));
    SHOW(mapped(map(-1, kPage, PROT_READ, MAP_SHARED)));
    const int folder = ::open(".", O_RDONLY);
    SHOW(mapped(map(folder, kPage, PROT_READ, MAP_PRIVATE)));
}

CASE(segments_laid_over_a_mapping_as_the_dynamic_linker_does) {
    std::string content;
    for (char page = 'a'; page < 'e'; ++page) content.append(kPage, page);
    const int fd = open_with(content, O_RDONLY);
    char* library = map(fd, 6 * kPage, PROT_READ, MAP_PRIVATE);
    EXPECT(::mmap(library + kPage, kPage, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_FIXED, fd, kPage) ==
           library + kPage);
    EXPECT(::mmap(library + 2 * kPage, 2 * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED, fd, kPage) ==
           library + 2 * kPage);
    EXPECT(::mmap(library + 4 * kPage, 2 * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
                  0) == library + 4 * kPage);
    std::string seen;
    for (std::size_t page = 0; page < 4; ++page) seen += library[page * kPage];
    SHOW(seen);
    library[2 * kPage] = 'X';
    SHOW(library[kPage]);
    library[5 * kPage] = 1;
    OUTCOME(::mprotect(library + 2 * kPage, kPage, PROT_READ));
}

CASE(an_executable_of_the_image_mapped) {
    const int fd = ::open("/proc/self/exe", O_RDONLY);
    struct stat info {};
    EXPECT(::fstat(fd, &info) == 0);
    const char* memory = map(fd, static_cast<std::size_t>(info.st_size), PROT_READ, MAP_PRIVATE);
    SHOW(std::string(memory + 1, 3));
    std::string content = read_file("/proc/self/exe");
    SHOW(std::memcmp(memory, content.data(), content.size()) == 0);
}

CASE(private_page_written_before_and_after_it_was_read) {
    const int fd = open_with(std::string(2 * kPage, 'a'));
    char* memory = map(fd, 2 * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE);
    SHOW(memory[0]);
    memory[0] = 'b';
    memory[kPage] = 'c';
    SHOW(memory[1]);
    SHOW(memory[kPage + 1]);
    OUTCOME(::madvise(memory, 2 * kPage, MADV_DONTNEED));
    SHOW(memory[0]);
    SHOW(memory[kPage]);
}

CASE(reading_a_file_into_its_own_mapping) {
    const int fd = open_with("abcdefgh");
    char* memory = map(fd, kPage, PROT_READ | PROT_WRITE, MAP_SHARED);
    SHOW(::pread(fd, memory + 4, 4, 0));
    SHOW(read_file("file"));
}

CASE(memfd_is_a_file_without_a_name) {
    const int fd = ::memfd_create("memory", MFD_CLOEXEC);
    OUTCOME(fd);
    SHOW(::fcntl(fd, F_GETFD));
    EXPECT(::ftruncate(fd, 2 * kPage) == 0);
    char* memory = map(fd, 2 * kPage, PROT_READ | PROT_WRITE, MAP_SHARED);
    memory[kPage] = 'm';
    char byte = 0;
    SHOW(::pread(fd, &byte, 1, kPage));
    SHOW(byte);
    OUTCOME(::memfd_create("memory", 0x4000));
}

CASE(zero_device_mapped) {
    const int fd = ::open("/dev/zero", O_RDWR);
    for (const int flags : {MAP_PRIVATE, MAP_SHARED}) {
        auto* memory = static_cast<char*>(::mmap(nullptr, 2 * kPage, PROT_READ | PROT_WRITE, flags, fd, 0));
        SHOW(memory != MAP_FAILED);
        SHOW(memory[kPage]);
        memory[kPage] = 4;
        SHOW(memory[kPage]);
    }
    const int full = ::open("/dev/full", O_RDWR);
    SHOW(::mmap(nullptr, kPage, PROT_READ, MAP_PRIVATE, full, 0) == MAP_FAILED ? error_name(errno) : "ok");
}

CASE(remove_makes_a_hole_for_everybody) {
    const int fd = ::open("file", O_RDWR | O_CREAT, 0644);
    EXPECT(write_file("file", std::string(3 * kPage, 'x')));
    constexpr int kBoth = PROT_READ | PROT_WRITE;
    auto* shared = static_cast<char*>(::mmap(nullptr, 3 * kPage, kBoth, MAP_SHARED, fd, 0));
    auto* second = static_cast<char*>(::mmap(nullptr, 3 * kPage, kBoth, MAP_SHARED, fd, 0));
    SHOW(second[kPage]);
    OUTCOME(::madvise(shared + kPage, kPage, MADV_REMOVE));
    SHOW(static_cast<int>(second[kPage]));
    SHOW(second[2 * kPage]);
    SHOW(read_file("file").substr(kPage, 1) == std::string(1, '\0'));
    auto* alone = static_cast<char*>(::mmap(nullptr, kPage, kBoth, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
    alone[0] = 3;
    OUTCOME(::madvise(alone, kPage, MADV_REMOVE));
    SHOW(static_cast<int>(alone[0]));
    OUTCOME(::madvise(::mmap(nullptr, kPage, kBoth, MAP_PRIVATE, fd, 0), kPage, MADV_REMOVE));
    OUTCOME(::madvise(::mmap(nullptr, kPage, kBoth, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), kPage, MADV_REMOVE));
}

CASE(offsets_no_file_can_have) {
    const int fd = ::open("file", O_RDWR | O_CREAT, 0644);
    const long last = static_cast<long>(~0ul >> 1) & ~static_cast<long>(kPage - 1);
    SHOW(::mmap(nullptr, 2 * kPage, PROT_READ, MAP_SHARED, fd, last) == MAP_FAILED ? error_name(errno) : "ok");
    SHOW(::mmap(nullptr, kPage, PROT_READ, MAP_SHARED, fd, -1L << 20) == MAP_FAILED ? error_name(errno) : "ok");
}

CASE(memfd_seals) {
    const int fd = ::memfd_create("memory", MFD_ALLOW_SEALING);
    EXPECT(::ftruncate(fd, 100) == 0);
    OUTCOME(::fcntl(fd, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK));
    OUTCOME(::ftruncate(fd, 200));
    OUTCOME(::ftruncate(fd, 50));
    OUTCOME(::pwrite(fd, "x", 1, 0));
    OUTCOME(::fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SEAL));
    OUTCOME(::pwrite(fd, "x", 1, 0));
    SHOW(::fcntl(fd, F_GET_SEALS));
    OUTCOME(::fcntl(fd, F_ADD_SEALS, F_SEAL_GROW));
}

CASE(msync_errors) {
    const int fd = open_with("x");
    char* memory = map(fd, kPage, PROT_READ | PROT_WRITE, MAP_SHARED);
    OUTCOME(::msync(memory, kPage, MS_ASYNC));
    OUTCOME(::msync(memory + 1, kPage, MS_SYNC));
    OUTCOME(::msync(memory, kPage, MS_SYNC | MS_ASYNC));
    EXPECT(::munmap(memory, kPage) == 0);
    OUTCOME(::msync(memory, kPage, MS_SYNC));
}
