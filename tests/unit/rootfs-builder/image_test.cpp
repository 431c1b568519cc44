#include "rootfs-builder/image.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scratch.h"

namespace mayfly::rootfs {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::StartsWith;

ImageRequest request_in(const Scratch& scratch) {
    ImageRequest request;
    request.output = scratch / "image";
    request.cache_directory = scratch / "cache";
    request.work_directory = scratch / "work";
    return request;
}

TEST(BuildImage, UnknownRuntimeNamesThoseThereAre) {
    const Scratch scratch;
    ImageRequest request = request_in(scratch);
    request.runtime = "cobol";

    const auto report = build_image(request);

    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().code, ErrorCode::usage);
    EXPECT_THAT(report.error().what, HasSubstr("python3.11"));
}

TEST(BuildImage, AFolderThatTakesNoFilesIsToldBeforeAnyWork) {
    const Scratch scratch;
    ImageRequest request = request_in(scratch);
    request.output = scratch / "absent/image";

    const auto report = build_image(request);

    ASSERT_FALSE(report);
    EXPECT_THAT(report.error().what, HasSubstr("absent"));
    EXPECT_FALSE(scratch.has("cache"));
}

TEST(BuildImage, UnknownPackageLeavesNothingBehind) {
    const Scratch scratch;
    ImageRequest request = request_in(scratch);
    request.packages = {"no-such-package"};

    const auto report = build_image(request);

    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().code, ErrorCode::not_found);
    EXPECT_FALSE(scratch.has("image"));
    EXPECT_TRUE(std::filesystem::is_empty(scratch / "work"));
}

TEST(BuildImage, StoppedBuildLeavesNothingBehind) {
    const Scratch scratch;
    StopFlag stop{false};
    ImageRequest request = request_in(scratch);
    request.stop = &stop;

    const auto report = build_image(request, [&](const Progress& progress) {
        if (progress.step == "fetch packages") stop = true;
    });

    ASSERT_FALSE(report);
    EXPECT_THAT(report.error().what, HasSubstr("stopped"));
    EXPECT_FALSE(scratch.has("image"));
    EXPECT_TRUE(std::filesystem::is_empty(scratch / "work"));
}

// Two trees in different folders; only the fetched packages are shared.
TEST(BuildImage, SamePackagesGiveTheSameBytes) {
    const Scratch one;
    const Scratch two;

    ImageRequest again = request_in(two);
    again.cache_directory = one / "cache";

    const auto first = build_image(request_in(one));
    const auto second = build_image(again);

    ASSERT_TRUE(first) << first.error().message();
    ASSERT_TRUE(second) << second.error().message();
    EXPECT_EQ(first->sha256, second->sha256);
    EXPECT_EQ(first->packages, second->packages);
    EXPECT_THAT(first->packages, Contains(StartsWith("libc6=")));
    EXPECT_EQ(first->steps.back().bytes, first->bytes);
}

}  // namespace
}  // namespace mayfly::rootfs
