// update-alternatives without running maintainer scripts: their calls with literal arguments are read
// from the scripts, which covers libraries (libblas.so.3) and most programs.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace mayfly::rootfs {

struct Alternative {
    std::string link;  // /usr/lib/x86_64-linux-gnu/libblas.so.3
    std::string name;  // libblas.so.3-x86_64-linux-gnu, the link in /etc/alternatives
    std::string path;  // what it stands for
    int priority = 0;  // the highest one wins; then the smaller path

    bool operator==(const Alternative&) const = default;
};

// The calls `update-alternatives --install` of a postinst script, slaves included. Calls with shell
// variables are passed over.
std::vector<Alternative> parse_alternatives(std::string_view script);

// Makes the links of the winners in the tree. A winner whose file is not there is passed over.
Result<void> install_alternatives(const std::vector<Alternative>& candidates, const std::filesystem::path& tree);

}  // namespace mayfly::rootfs
