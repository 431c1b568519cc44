#include "rootfs-builder/apt.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scratch.h"

namespace mayfly::rootfs {
namespace {

using testing::HasSubstr;

TEST(SimulatedInstall, GivesNameVersionAndArchitecture) {
    Package package;

    ASSERT_TRUE(parse_simulated_install("Inst libssl3 (3.0.22-1~deb12u2 Debian-Security:12/oldstable-security [amd64])",
                                        package));

    EXPECT_EQ(package.name, "libssl3");
    EXPECT_EQ(package.version, "3.0.22-1~deb12u2");
    EXPECT_EQ(package.architecture, "amd64");
}

TEST(SimulatedInstall, TakesLinesWithSeveralOriginsAndATail) {
    Package package;

    ASSERT_TRUE(parse_simulated_install(
        "Inst libgcc-s1 (12.2.0-14+deb12u1 Debian:12.15/oldstable, Debian-Security:12/oldstable [all]) []", package));

    EXPECT_EQ(package.version, "12.2.0-14+deb12u1");
    EXPECT_EQ(package.architecture, "all");
}

TEST(SimulatedInstall, PassesOverOtherLines) {
    Package package;

    EXPECT_FALSE(parse_simulated_install("Conf libssl3 (3.0.22 Debian:12 [amd64])", package));
    EXPECT_FALSE(parse_simulated_install("Inst ", package));
    EXPECT_FALSE(parse_simulated_install("Inst name (version", package));
    EXPECT_FALSE(parse_simulated_install("Inst name [amd64]) (1 x", package));
}

TEST(PackageFileName, EscapesTheEpoch) {
    const Package package{"zlib1g", "1:1.2.13.dfsg-1", "amd64"};

    EXPECT_EQ(package.file_name(), "zlib1g_1%3a1.2.13.dfsg-1_amd64.deb");
}

TEST(PackageName, CannotBeAnOptionOrAPattern) {
    EXPECT_TRUE(is_package_name("libstdc++6"));
    EXPECT_TRUE(is_package_name("python3.11"));
    EXPECT_FALSE(is_package_name("-o"));
    EXPECT_FALSE(is_package_name("dpkg-"));
    EXPECT_FALSE(is_package_name("lib*"));
    EXPECT_FALSE(is_package_name("a/b"));
    EXPECT_FALSE(is_package_name("x"));
    EXPECT_FALSE(is_package_name(""));
}

TEST(Apt, WithoutPackageListsSaysWhatToRun) {
    const Scratch scratch;
    scratch.folder("lists");

    const auto apt = Apt::open(scratch / "cache", nullptr, scratch / "lists");

    ASSERT_FALSE(apt);
    EXPECT_EQ(apt.error().code, ErrorCode::unavailable);
    EXPECT_THAT(apt.error().what, HasSubstr("run apt-get update"));
}

TEST(Apt, ClosureHoldsDependenciesButNoInstaller) {
    const Scratch scratch;
    const auto apt = Apt::open(scratch / "cache", nullptr);
    ASSERT_TRUE(apt) << apt.error().message();

    const auto packages = apt->closure({"python3.11"});

    ASSERT_TRUE(packages) << packages.error().message();
    const auto named = [](const std::string& name) { return testing::Field(&Package::name, name); };
    EXPECT_THAT(*packages, testing::IsSupersetOf({named("python3.11"), named("libssl3"), named("libc6")}));
    EXPECT_THAT(*packages, testing::Not(testing::Contains(named("dpkg"))));
}

TEST(Apt, UnknownPackageIsNamed) {
    const Scratch scratch;
    const auto apt = Apt::open(scratch / "cache", nullptr);
    ASSERT_TRUE(apt) << apt.error().message();

    const auto packages = apt->closure({"no-such-package"});

    ASSERT_FALSE(packages);
    EXPECT_EQ(packages.error().code, ErrorCode::not_found);
    EXPECT_THAT(packages.error().what, HasSubstr("no-such-package"));
}

TEST(Apt, VirtualPackageIsRefused) {
    const Scratch scratch;
    const auto apt = Apt::open(scratch / "cache", nullptr);
    ASSERT_TRUE(apt) << apt.error().message();

    const auto packages = apt->closure({"libblas.so.3"});

    ASSERT_FALSE(packages);
    EXPECT_EQ(packages.error().code, ErrorCode::not_found);
}

TEST(Apt, CacheKeepsOneVersionOfAPackageAndOtherPackages) {
    const Scratch scratch;
    scratch.write("lists/x_Packages", "");
    scratch.write("cache/archives/libssl3_1_amd64.deb", "");
    scratch.write("cache/archives/libssl3_2_amd64.deb", "");
    scratch.write("cache/archives/libssl3-dev_1_amd64.deb", "");
    const auto apt = Apt::open(scratch / "cache", nullptr, scratch / "lists");
    ASSERT_TRUE(apt) << apt.error().message();

    apt->drop_other_versions({{"libssl3", "2", "amd64"}});

    EXPECT_FALSE(scratch.has("cache/archives/libssl3_1_amd64.deb"));
    EXPECT_TRUE(scratch.has("cache/archives/libssl3_2_amd64.deb"));
    EXPECT_TRUE(scratch.has("cache/archives/libssl3-dev_1_amd64.deb"));
}

}  // namespace
}  // namespace mayfly::rootfs
