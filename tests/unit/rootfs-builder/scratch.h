// A folder of a test's own, with short ways to fill it.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "rootfs-builder/files.h"

namespace mayfly::rootfs {

class Scratch {
public:
    Scratch() { std::filesystem::create_directory(path_); }
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;
    ~Scratch() {
        std::error_code ignored;
        std::filesystem::remove_all(parent_, ignored);
    }

    std::filesystem::path operator/(const std::string& name) const { return path_ / name; }
    const std::filesystem::path& path() const { return path_; }

    void write(const std::string& name, const std::string& text) const {
        std::filesystem::create_directories((*this / name).parent_path());
        std::ofstream(*this / name) << text;
    }
    void folder(const std::string& name) const { std::filesystem::create_directories(*this / name); }
    void link(const std::string& name, const std::string& target) const {
        std::filesystem::create_directories((*this / name).parent_path());
        std::filesystem::create_symlink(target, *this / name);
    }
    bool has(const std::string& name) const {
        return std::filesystem::exists(std::filesystem::symlink_status(*this / name));
    }
    std::string text(const std::string& name) const {
        std::ifstream file(*this / name, std::ios::binary);
        return {std::istreambuf_iterator<char>(file), {}};
    }

private:
    static std::string make_parent() {
        std::string pattern = testing::TempDir() + "mayfly-rootfs-tests-XXXXXX";
        return ::mkdtemp(pattern.data()) != nullptr ? pattern : std::string();
    }

    std::filesystem::path parent_ = make_parent();
    TemporaryDirectory directory_{std::move(*TemporaryDirectory::create(parent_))};
    std::filesystem::path path_ = directory_.path() / "scratch";
};

}  // namespace mayfly::rootfs
