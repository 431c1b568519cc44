// Which packages an image needs, and their files: asked of apt, as if nothing were installed.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/unique_fd.h"
#include "rootfs-builder/progress.h"

namespace mayfly::rootfs {

struct Package {
    std::string name;
    std::string version;
    std::string architecture;

    // As apt names it in its archive folder.
    std::string file_name() const;
};

class Apt {
public:
    // Downloads are kept in `cache`; one build at a time uses it, others wait. `lists` is where
    // apt-get update puts what it learns.
    static Result<Apt> open(const std::filesystem::path& cache, const StopFlag* stop,
                            const std::filesystem::path& lists = "/var/lib/apt/lists");

    // The packages and everything they depend on, sorted by name. Recommendations are left out, and so
    // is what only installs packages (dpkg, debconf, tar): there is nothing to install in an image.
    Result<std::vector<Package>> closure(const std::vector<std::string>& names) const;

    // Fetches what is missing (apt checks the archive's signatures and hashes).
    Result<void> download(const std::vector<std::string>& names, const ProgressCallback& progress) const;

    std::filesystem::path archive(const Package& package) const;

    // Removes other versions of these packages from the cache, which would otherwise only grow.
    void drop_other_versions(const std::vector<Package>& packages) const;

private:
    Apt(std::filesystem::path cache, UniqueFd lock, const StopFlag* stop)
        : cache_(std::move(cache)), lock_(std::move(lock)), stop_(stop) {}
    std::vector<std::string> arguments(const std::vector<std::string>& options,
                                       const std::vector<std::string>& names) const;

    std::filesystem::path cache_;
    UniqueFd lock_;
    const StopFlag* stop_;
};

// One line of `apt-get --simulate`: "Inst name (version archive [architecture])". False for others.
bool parse_simulated_install(std::string_view line, Package& package);

// A package's name as Debian policy 5.6.1 has it: it can't be taken for an option of apt's.
bool is_package_name(std::string_view name);

}  // namespace mayfly::rootfs
