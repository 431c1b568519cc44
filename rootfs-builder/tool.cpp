// mayfly-rootfs: builds images without the rest of Mayfly. A tool for development, not installed.
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "rootfs-builder/erofs.h"
#include "rootfs-builder/image.h"

namespace {

using mayfly::rootfs::ErofsReport;
using mayfly::rootfs::ImageReport;
using mayfly::rootfs::ImageRequest;
using mayfly::rootfs::Progress;
using mayfly::rootfs::StopFlag;

StopFlag stop{false};

int usage() {
    std::fputs(
        "usage: mayfly-rootfs image RUNTIME|none OUT.erofs [--package NAME]... [--cache DIR]\n"
        "       mayfly-rootfs directory DIR OUT.erofs\n",
        stderr);
    return 2;
}

int failed(const mayfly::Error& error) {
    std::fprintf(stderr, "mayfly-rootfs: %s\n", error.message().c_str());
    return 1;
}

void print(const ImageReport& report) {
    for (const auto& step : report.steps)
        std::printf("%-28s %8.1f MB %7llu files\n", step.name.c_str(), static_cast<double>(step.bytes) / 1e6,
                    static_cast<unsigned long long>(step.files));
    std::printf("%zu packages, sha256 %s\n", report.packages.size(), report.sha256.c_str());
}

int build_image(const std::vector<std::string>& arguments) {
    const char* cache = std::getenv("XDG_CACHE_HOME");
    const char* home = std::getenv("HOME");
    ImageRequest request;
    request.cache_directory =
        std::string(cache != nullptr ? cache : std::string(home != nullptr ? home : "/tmp") + "/.cache") +
        "/mayfly-rootfs";
    if (arguments.size() < 2) return usage();
    request.runtime = arguments[0] == "none" ? "" : arguments[0];
    request.output = arguments[1];
    request.stop = &stop;
    for (std::size_t i = 2; i + 1 < arguments.size(); i += 2) {
        if (arguments[i] == "--package") request.packages.push_back(arguments[i + 1]);
        if (arguments[i] == "--cache") request.cache_directory = arguments[i + 1];
    }
    request.work_directory = request.cache_directory / "work";
    const bool terminal = ::isatty(2) != 0;
    const auto report = mayfly::rootfs::build_image(request, [terminal](const Progress& progress) {
        if (!terminal) return;
        std::fprintf(stderr, "\r\033[K%.*s %.*s", static_cast<int>(progress.step.size()), progress.step.data(),
                     static_cast<int>(progress.detail.size()), progress.detail.data());
    });
    if (terminal) std::fputs("\r\033[K", stderr);
    if (!report) return failed(report.error());
    print(*report);
    return 0;
}

int build_directory(const std::vector<std::string>& arguments) {
    if (arguments.size() != 2) return usage();
    const auto report = mayfly::rootfs::build_erofs_from_directory(arguments[0], arguments[1]);
    if (!report) return failed(report.error());
    std::printf("%llu bytes, sha256 %s\n", static_cast<unsigned long long>(report->bytes), report->sha256.c_str());
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    std::signal(SIGINT, [](int) { stop = true; });
    std::signal(SIGTERM, [](int) { stop = true; });
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    if (arguments.empty()) return usage();
    const std::vector<std::string> rest(arguments.begin() + 1, arguments.end());
    if (arguments[0] == "image") return build_image(rest);
    if (arguments[0] == "directory") return build_directory(rest);
    return usage();
}
