#include "cases.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <vector>

namespace mayfly::tests {
namespace {

struct Run {
    const char* name = "";
    bool failed = false;
    bool any_failed = false;
};

Run run;

std::vector<Case>& cases() {
    static std::vector<Case> all;
    return all;
}

// Written at once, so that the lines before a crash are seen.
void print(const std::string& line) {
    const char* at = line.data();
    std::size_t left = line.size();
    while (left > 0) {
        const ssize_t written = ::write(STDOUT_FILENO, at, left);
        if (written <= 0) return;
        at += written;
        left -= static_cast<std::size_t>(written);
    }
}

int remove_entry(const char* path, const struct stat*, int, FTW*) { return ::remove(path); }

// What the shell left open, and what the case before did.
void close_descriptors() {
    for (int fd = 3; fd < 256; ++fd) ::close(fd);
}

// Each case begins in a directory of its own, with three descriptors; what it leaves is removed.
void run_case(const Case& one) {
    close_descriptors();
    const char* const parent = std::getenv("TMPDIR");
    std::string directory = std::string(parent != nullptr ? parent : "/tmp") + "/mayfly-case-XXXXXX";
    if (::mkdtemp(directory.data()) == nullptr || ::chdir(directory.c_str()) != 0) {
        print(std::string{one.name} + ": no directory for it\n");
        run.any_failed = true;
        return;
    }
    ::umask(022);
    run.name = one.name;
    run.failed = false;
    one.body();
    print(std::string{one.name} + (run.failed ? ": failed\n" : ": ok\n"));
    run.any_failed = run.any_failed || run.failed;
    if (::chdir("/") == 0) ::nftw(directory.c_str(), remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

int list(bool dies) {
    for (const Case& one : cases())
        if (one.dies == dies) print(std::string{one.name} + "\n");
    return 0;
}

}  // namespace

Case::Case(const char* case_name, void (*case_body)(), bool case_dies)
    : name(case_name), body(case_body), dies(case_dies) {
    cases().push_back(*this);
}

std::string error_name(int number) {
    if (number == 0) return "ok";
    const char* name = ::strerrorname_np(number);
    return name != nullptr ? name : std::to_string(number);
}

std::string outcome(long result) { return result < 0 ? error_name(errno) : "ok"; }

void show(std::string_view what, std::string_view value) {
    std::string line = run.name;
    line.append(": ").append(what).append(" = ").append(value).append("\n");
    print(line);
}

void expect(bool condition, std::string_view text, int line) {
    if (condition) return;
    run.failed = true;
    print(std::string{run.name} + ": line " + std::to_string(line) + ": false: " + std::string{text} + "\n");
}

bool write_file(const char* path, std::string_view content, int mode) {
    const int fd = ::open(path, O_WRONLY | O_CREAT | O_TRUNC, mode);
    if (fd < 0) return false;
    const bool written = ::write(fd, content.data(), content.size()) == static_cast<ssize_t>(content.size());
    return ::close(fd) == 0 && written;
}

std::string read_file(const char* path) {
    const int fd = ::open(path, O_RDONLY);
    if (fd < 0) return "";
    std::string content;
    char buffer[4096];
    for (ssize_t count; (count = ::read(fd, buffer, sizeof buffer)) > 0;)
        content.append(buffer, static_cast<std::size_t>(count));
    ::close(fd);
    return content;
}

}  // namespace mayfly::tests

// program              runs every case that does not end the process
// program NAME...      runs these
// program --list       names the cases; --list-deaths those that end the process
int main(int argc, char** argv) {
    using namespace mayfly::tests;
    const auto named = [&](const char* name) {
        for (int i = 1; i < argc; ++i)
            if (::strcmp(argv[i], name) == 0) return true;
        return false;
    };
    if (named("--list")) return list(false);
    if (named("--list-deaths")) return list(true);
    for (const Case& one : cases())
        if (argc > 1 ? named(one.name) : !one.dies) run_case(one);
    return run.any_failed ? 1 : 0;
}
