// Parts of a large file mapping change; the rest stays what the file is. In a guest the file lies aligned in the image
// and is mapped by large pages, which must give way.
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "cases.h"

using namespace mayfly::tests;

namespace {

constexpr std::size_t kPage = 4096;
constexpr std::size_t kLarge = 2 << 20;
constexpr std::size_t kBytes = 2 * kLarge;

sigjmp_buf escape;

bool can_read(const volatile char* address) {
    struct sigaction action {};
    action.sa_handler = [](int) { siglongjmp(escape, 1); };
    ::sigaction(SIGSEGV, &action, nullptr);
    if (sigsetjmp(escape, 1) != 0) return false;
    static_cast<void>(*address);
    return true;
}

// A host may have no such file: any other of that size will do there, where no page is to be like another.
int open_program() {
    const int interpreter = ::open("/usr/bin/python3.11", O_RDONLY | O_CLOEXEC);
    if (interpreter >= 0) return interpreter;
    std::string text;
    while (text.size() < 2 * kBytes) text += std::to_string(text.size()) + std::string(kPage - 16, '.');
    EXPECT(write_file("program", text));
    return ::open("program", O_RDONLY | O_CLOEXEC);
}

// The interpreter, aligned to large pages and read once all over.
class Program {
public:
    Program() : fd_(open_program()) {
        EXPECT(fd_ >= 0);
        char* place = static_cast<char*>(
            ::mmap(nullptr, kBytes + kLarge, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));
        place += kLarge - reinterpret_cast<std::uintptr_t>(place) % kLarge;
        memory = static_cast<char*>(::mmap(place, kBytes, PROT_READ, MAP_PRIVATE | MAP_FIXED, fd_, 0));
        EXPECT(memory == place);
        for (std::size_t at = 0; at < kBytes; at += kPage) EXPECT(can_read(memory + at));
    }
    ~Program() {
        ::munmap(memory, kBytes);
        ::close(fd_);
    }

    // Is [from, to) what the file has there?
    bool is_the_file(std::size_t from, std::size_t to) const {
        std::vector<char> text(to - from);
        const ssize_t got = ::pread(fd_, text.data(), text.size(), static_cast<off_t>(from));
        return got == static_cast<ssize_t>(text.size()) && std::equal(text.begin(), text.end(), memory + from);
    }

    int fd() const { return fd_; }

    char* memory;

private:
    int fd_;
};

constexpr std::size_t kSpot = kLarge - 3 * kPage;

}  // namespace

CASE(is_the_file) {
    const Program program;
    SHOW(program.is_the_file(0, kBytes));
}

CASE(a_page_that_is_protected_faults_alone) {
    const Program program;
    OUTCOME(::mprotect(program.memory + kSpot, kPage, PROT_NONE));
    SHOW(can_read(program.memory + kSpot));
    SHOW(program.is_the_file(0, kSpot) && program.is_the_file(kSpot + kPage, kBytes));
    OUTCOME(::mprotect(program.memory + kSpot, kPage, PROT_READ));
    SHOW(program.is_the_file(0, kBytes));
}

CASE(a_page_that_is_unmapped_is_gone_alone) {
    const Program program;
    OUTCOME(::munmap(program.memory + kSpot, kPage));
    SHOW(can_read(program.memory + kSpot));
    SHOW(program.is_the_file(0, kSpot) && program.is_the_file(kSpot + kPage, kBytes));
}

CASE(memory_can_take_the_place_of_a_page) {
    const Program program;
    char* fresh = static_cast<char*>(
        ::mmap(program.memory + kSpot, kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0));
    SHOW(fresh == program.memory + kSpot);
    SHOW(fresh[0] + fresh[kPage - 1]);
    fresh[5] = 'x';
    SHOW(fresh[5]);
    SHOW(program.is_the_file(0, kSpot) && program.is_the_file(kSpot + kPage, kBytes));
}

CASE(a_page_that_is_written_is_written_alone) {
    const Program program;
    const Program other;
    OUTCOME(::mprotect(program.memory + kSpot, 2 * kPage, PROT_READ | PROT_WRITE));
    program.memory[kSpot + 7] = static_cast<char>(program.memory[kSpot + 7] + 1);
    SHOW(program.is_the_file(kSpot, kSpot + kPage));
    SHOW(program.is_the_file(0, kSpot) && program.is_the_file(kSpot + kPage, kBytes));
    SHOW(other.is_the_file(0, kBytes));
    OUTCOME(::madvise(program.memory + kSpot, kPage, MADV_DONTNEED));
    SHOW(program.is_the_file(0, kBytes));
}

CASE(a_part_that_is_dropped_is_read_again) {
    const Program program;
    OUTCOME(::madvise(program.memory, kLarge + kPage, MADV_DONTNEED));
    SHOW(program.is_the_file(0, kBytes));
}

CASE(a_part_that_moves_is_the_same_elsewhere) {
    const Program program;
    void* moved = ::mremap(program.memory + kSpot, kPage, 4 * kPage, MREMAP_MAYMOVE);
    EXPECT(moved != MAP_FAILED);
    std::string text(kPage, 0);
    SHOW(::pread(program.fd(), text.data(), kPage, kSpot));
    SHOW(text == std::string(static_cast<char*>(moved), kPage));
    SHOW(moved == program.memory + kSpot);
    SHOW(can_read(program.memory + kSpot));
    SHOW(program.is_the_file(0, kSpot) && program.is_the_file(kSpot + kPage, kBytes));
}

CASE(a_part_that_may_be_executed_makes_none_writable) {
    const Program program;
    OUTCOME(::mprotect(program.memory + kPage, kLarge, PROT_READ | PROT_EXEC));
    SHOW(program.is_the_file(0, kBytes));
    int ends[2];
    EXPECT(::pipe(ends) == 0);
    EXPECT(::write(ends[1], "x", 1) == 1);
    OUTCOME(::read(ends[0], program.memory + kSpot, 1));
    SHOW(program.is_the_file(0, kBytes));
}

// The kernel chooses where: as it can be mapped best.
CASE(a_large_file_mapped_anywhere_is_the_file) {
    const Program program;
    for (const off_t offset : {off_t{0}, off_t{kPage}, off_t{kLarge + 5 * kPage}}) {
        const std::size_t bytes = kBytes + kPage - static_cast<std::size_t>(offset) % kLarge;
        const char* memory = static_cast<char*>(::mmap(nullptr, bytes, PROT_READ, MAP_PRIVATE, program.fd(), offset));
        EXPECT(memory != MAP_FAILED);
        std::vector<char> text(bytes);
        SHOW(::pread(program.fd(), text.data(), bytes, offset) == static_cast<ssize_t>(bytes));
        SHOW(std::equal(text.begin(), text.end(), memory));
    }
}
