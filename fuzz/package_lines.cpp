// What the image builder reads of Debian packages: apt's answers, maintainer scripts, names.
// hostile: E4 C15
#include <algorithm>

#include "fuzz/target.h"
#include "rootfs-builder/alternatives.h"
#include "rootfs-builder/apt.h"
#include "runtime/names.h"

using namespace mayfly;

MF_FUZZ_TARGET(input) {
    const std::string_view text = input.text();
    rootfs::Package package;
    if (rootfs::parse_simulated_install(text, package)) static_cast<void>(package.file_name());
    for (const rootfs::Alternative& alternative : rootfs::parse_alternatives(text)) {
        MF_REQUIRE(alternative.link.starts_with('/') && alternative.path.starts_with('/'));
        MF_REQUIRE(alternative.name.find('/') == std::string::npos && alternative.name != "..");
        MF_REQUIRE((alternative.link + "/").find("/../") == std::string::npos);
    }
    if (rootfs::is_package_name(text)) MF_REQUIRE(text.front() != '-' && text.find('/') == text.npos);
    if (runtime::is_valid_name(text))
        MF_REQUIRE(text.size() <= 64 && text.front() != '.' && text.find('/') == text.npos);
    const auto named = runtime::check_name("a function", text);
    if (!named)
        MF_REQUIRE(std::all_of(named.error().what.begin(), named.error().what.end(),
                               [](char c) { return c >= ' ' && c <= '~'; }));
}
