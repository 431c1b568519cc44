#include "rootfs-builder/image.h"

#include <algorithm>

#include "rootfs-builder/apt.h"
#include "rootfs-builder/base_files.h"
#include "rootfs-builder/byte_code.h"
#include "rootfs-builder/erofs.h"
#include "rootfs-builder/files.h"
#include "rootfs-builder/recipe.h"
#include "rootfs-builder/slim.h"
#include "rootfs-builder/unpack.h"

namespace fs = std::filesystem;

namespace mayfly::rootfs {
namespace {

// An image must fit its window in guest-physical memory (abi/layout.h: 4 GiB).
constexpr std::uint64_t kMaxImageBytes = (4ull << 30) - (1ull << 20);

std::vector<std::string> wanted_packages(const Recipe& recipe, const ImageRequest& request) {
    std::vector<std::string> names = recipe.packages;
    names.insert(names.end(), request.packages.begin(), request.packages.end());
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    return names;
}

// The steps of one build, which share the tree and write the report.
class Build {
public:
    Build(const ImageRequest& request, const ProgressCallback& progress, Recipe recipe, fs::path tree)
        : request_(request), progress_(progress), recipe_(std::move(recipe)), tree_(std::move(tree)) {}

    Result<ImageReport> run() {
        MF_TRY(make_tree());
        for (const SlimStep& step : slim_steps()) {
            report(progress_, {"slim", step.name, 0, 0});
            MF_TRY(step.run({tree_, request_.packages, request_.stop}));
            MF_TRY(note(std::string(step.name)));
        }
        if (!recipe_.python.empty()) {
            report(progress_, {"compile modules", "", 0, 0});
            MF_TRY(compile_modules(tree_, recipe_.python, request_.stop));
            MF_TRY(note("byte-code added"));
        }
        MF_TRY(make_image());
        return std::move(report_);
    }

private:
    Result<void> make_tree() {
        const std::vector<std::string> names = wanted_packages(recipe_, request_);
        report(progress_, {"resolve packages", "", 0, 0});
        const Apt apt = MF_TRY(Apt::open(request_.cache_directory, request_.stop));
        const std::vector<Package> packages = MF_TRY(apt.closure(names));
        for (const Package& package : packages) report_.packages.push_back(package.name + "=" + package.version);
        report(progress_, {"fetch packages", "", 0, 100});
        MF_TRY(apt.download(names, progress_));
        apt.drop_other_versions(packages);
        MF_TRY(make_directories(tree_));
        MF_TRY(unpack_packages(apt, packages, tree_, progress_, request_.stop));
        MF_TRY(add_base_files(tree_, recipe_, request_.stop));
        return note("packages");
    }

    Result<void> make_image() {
        report(progress_, {"write image", "", 0, 0});
        const auto image = MF_TRY(build_erofs_from_directory(tree_, request_.output,
                                                             {.max_bytes = kMaxImageBytes,
                                                              .max_files = 1'000'000,
                                                              .skip_byte_code = false,
                                                              .aligned_file = recipe_.python,
                                                              .stop = request_.stop}));
        report_.bytes = image.bytes;
        report_.sha256 = image.sha256;
        report_.steps.push_back({"image file", image.bytes, report_.steps.back().files});
        return {};
    }

    Result<void> note(std::string name) {
        const TreeSize size = MF_TRY(measure(tree_));
        report_.steps.push_back({std::move(name), size.bytes, size.files});
        return {};
    }

    const ImageRequest& request_;
    const ProgressCallback& progress_;
    Recipe recipe_;
    fs::path tree_;
    ImageReport report_;
};

}  // namespace

Result<ImageReport> build_image(const ImageRequest& request, const ProgressCallback& progress) {
    Recipe recipe = MF_TRY(find_recipe(request.runtime));
    MF_TRY(PendingFile(MF_TRY(absolute_path(request.output))).check());  // before the work, not after it
    const TemporaryDirectory work = MF_TRY(TemporaryDirectory::create(MF_TRY(absolute_path(request.work_directory))));
    return Build(request, progress, std::move(recipe), work.path() / "root").run();
}

}  // namespace mayfly::rootfs
