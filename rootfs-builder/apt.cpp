#include "rootfs-builder/apt.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <map>

#include "rootfs-builder/files.h"
#include "rootfs-builder/process.h"

namespace fs = std::filesystem;

namespace mayfly::rootfs {
namespace {

constexpr useconds_t kLockPollMicroseconds = 100'000;

// Packages taken for installed. Many packages depend on them for their maintainer scripts, which
// never run here.
constexpr std::string_view kOnlyToInstall[] = {"dpkg", "debconf", "tar"};

std::string status_file(const std::vector<std::string>& wanted) {
    std::string text;
    for (const std::string_view name : kOnlyToInstall) {
        if (std::find(wanted.begin(), wanted.end(), name) != wanted.end()) continue;
        text += "Package: " + std::string(name) + "\nStatus: install ok installed\nPriority: required\n";
        text += "Section: admin\nMaintainer: nobody <nobody@localhost>\nArchitecture: amd64\nMulti-Arch: foreign\n";
        text += "Version: 9999\nDescription: present while the image is made\n\n";
    }
    return text;
}

bool has_package_lists(const fs::path& lists) {
    std::error_code error;
    for (fs::directory_iterator at(lists, error), end; !error && at != end; at.increment(error))
        if (at->path().filename().string().find("_Packages") != std::string::npos) return true;
    return false;
}

// apt says "E: Unable to locate package foo", or "... has no installation candidate".
Unexpected<Error> explain(Error error) {
    for (const std::string_view begin : {"Unable to locate package ", "Package '", "Couldn't find any package"})
        if (error.what.find(begin) != std::string::npos)
            return fail(ErrorCode::not_found,
                        error.what.substr(error.what.find(begin)) + " (check the name, or run apt-get update)");
    for (const std::string_view sign : {"Failed to fetch", "Could not resolve", "Temporary failure"})
        if (error.what.find(sign) != std::string::npos) {
            error.code = ErrorCode::unavailable;
            error.what += " (is the network there? if the archive has moved on, run apt-get update)";
        }
    return Unexpected(std::move(error));
}

Result<UniqueFd> lock_file(const fs::path& path, const StopFlag* stop) {
    UniqueFd file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
    if (!file) return fail_errno(ErrorCode::io, "cannot open " + path.string());
    while (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK && errno != EINTR) return fail_errno(ErrorCode::io, "cannot lock " + path.string());
        if (stop != nullptr && stop->load()) return fail(ErrorCode::unavailable, "stopped while another build ran");
        ::usleep(kLockPollMicroseconds);
    }
    return file;
}

// "dlstatus:12:34.56:Retrieving file 12 of 37": which file, percent of all, text.
void report_download(std::string_view line, const ProgressCallback& progress) {
    constexpr std::string_view kPrefix = "dlstatus:";
    if (!line.starts_with(kPrefix)) return;
    const std::size_t percent_at = line.find(':', kPrefix.size());
    if (percent_at == std::string_view::npos) return;
    std::uint64_t percent = 0;
    std::from_chars(line.data() + percent_at + 1, line.data() + line.size(), percent);
    const std::size_t text_at = line.find(':', percent_at + 1);
    report(progress,
           {"fetch packages", text_at == std::string_view::npos ? "" : line.substr(text_at + 1), percent, 100});
}

}  // namespace

std::string Package::file_name() const {
    std::string escaped;
    for (const char c : version) escaped += c == ':' ? std::string("%3a") : std::string(1, c);
    return name + "_" + escaped + "_" + architecture + ".deb";
}

bool parse_simulated_install(std::string_view line, Package& package) {
    constexpr std::string_view kPrefix = "Inst ";
    if (!line.starts_with(kPrefix)) return false;
    line.remove_prefix(kPrefix.size());
    const std::size_t name_end = line.find(' ');
    const std::size_t version_begin = line.find('(');
    if (name_end == std::string_view::npos || version_begin == std::string_view::npos) return false;
    const std::size_t version_end = line.find(' ', version_begin);
    const std::size_t close = line.find("])", version_begin);
    if (version_end == std::string_view::npos || close == std::string_view::npos || version_end > close) return false;
    const std::size_t open = line.rfind('[', close);
    if (open == std::string_view::npos || open < version_end) return false;

    package.name = line.substr(0, std::min(name_end, line.find(':')));
    package.version = line.substr(version_begin + 1, version_end - version_begin - 1);
    package.architecture = line.substr(open + 1, close - open - 1);
    return true;
}

bool is_package_name(std::string_view name) {
    const auto is_alphanumeric = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
    if (name.size() < 2 || !is_alphanumeric(name.front()) || name.back() == '-') return false;  // apt: "remove it"
    return std::all_of(name.begin(), name.end(),
                       [&](char c) { return is_alphanumeric(c) || c == '+' || c == '-' || c == '.'; });
}

Result<Apt> Apt::open(const fs::path& cache, const StopFlag* stop, const fs::path& lists) {
    MF_TRY(find_program("apt-get", "apt"));
    if (!has_package_lists(lists))
        return fail(ErrorCode::unavailable, "apt has no package lists in " + lists.string() + ": run apt-get update");
    // apt drops nothing here: the folder is ours, also when we are root.
    MF_TRY(make_directories(cache / "archives" / "partial"));
    UniqueFd lock = MF_TRY(lock_file(cache / "lock", stop));
    return Apt{MF_TRY(absolute_path(cache)), std::move(lock), stop};
}

std::vector<std::string> Apt::arguments(const std::vector<std::string>& options,
                                        const std::vector<std::string>& names) const {
    const std::string cache = cache_.string();
    std::vector<std::string> result{"apt-get", "--quiet", "--assume-yes", "--no-install-recommends"};
    for (const std::string& setting : {
             "Dir::State::status=" + cache + "/status",  // nothing is installed
             "Dir::Cache=" + cache, "Dir::Cache::archives=" + cache + "/archives",
             std::string("Dir::Cache::pkgcache=pkgcache.bin"), std::string("Dir::Cache::srcpkgcache=srcpkgcache.bin"),
             std::string("Dir::Log=/dev/null"), std::string("APT::Architecture=amd64"),
             std::string("APT::Install-Suggests=0"), std::string("APT::Keep-Downloaded-Packages=1"),
             std::string("APT::Get::Show-User-Simulation-Note=0"),
             std::string("APT::Sandbox::User=root"),  // the user _apt can't write into our folder
             std::string("Debug::NoLocking=1"),       // dpkg's lock is root's; ours is held
         }) {
        result.push_back("-o");
        result.push_back(setting);
    }
    result.insert(result.end(), options.begin(), options.end());
    result.push_back("install");
    result.push_back("--");
    result.insert(result.end(), names.begin(), names.end());
    return result;
}

Result<std::vector<Package>> Apt::closure(const std::vector<std::string>& names) const {
    for (const std::string& name : names)
        if (!is_package_name(name)) return fail(ErrorCode::usage, "'" + name + "' is not a name of a Debian package");
    MF_TRY(write_file(cache_ / "status", status_file(names)));
    std::vector<Package> packages;
    auto output = run({.arguments = arguments({"--simulate"}, names),
                       .environment = {},
                       .package = "apt",
                       .on_line =
                           [&](std::string_view line) {
                               Package package;
                               if (parse_simulated_install(line, package)) packages.push_back(package);
                           },
                       .stop = stop_});
    if (!output) return explain(std::move(output).error());
    std::sort(packages.begin(), packages.end(), [](const Package& a, const Package& b) { return a.name < b.name; });
    // apt also takes patterns and virtual names, which would make the content a matter of chance.
    for (const std::string& name : names)
        if (std::none_of(packages.begin(), packages.end(), [&](const Package& p) { return p.name == name; }))
            return fail(ErrorCode::not_found, "there is no package '" + name + "'; name a real one");
    return packages;
}

Result<void> Apt::download(const std::vector<std::string>& names, const ProgressCallback& progress) const {
    auto output = run({.arguments = arguments({"--download-only", "-o", "APT::Status-Fd=1"}, names),
                       .environment = {},
                       .package = "apt",
                       .on_line = [&](std::string_view line) { report_download(line, progress); },
                       .stop = stop_});
    if (!output) return explain(std::move(output).error());
    return {};
}

fs::path Apt::archive(const Package& package) const { return cache_ / "archives" / package.file_name(); }

void Apt::drop_other_versions(const std::vector<Package>& packages) const {
    std::map<std::string, std::string> current;  // file name by package name
    for (const Package& package : packages) current[package.name] = package.file_name();
    std::error_code error;
    for (fs::directory_iterator at(cache_ / "archives", error), end; !error && at != end; at.increment(error)) {
        const std::string file = at->path().filename();
        const auto known = current.find(file.substr(0, file.find('_')));
        std::error_code ignored;
        if (at->path().extension() == ".deb" && known != current.end() && known->second != file)
            fs::remove(at->path(), ignored);
    }
}

}  // namespace mayfly::rootfs
