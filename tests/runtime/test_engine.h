// What these tests share: an engine over the state folder that has the Python image, and the functions
// in functions/.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

#include "mayfly/mayfly.h"

namespace mayfly::test {

// The engine of $MAYFLY_HOME.
Engine open_engine();

// functions/NAME
std::string code_of(const std::string& name);

FunctionOptions options_of(const std::string& name);

// functions/NAME, loaded for this test alone.
Function load(const std::string& name);
Function load(const FunctionOptions& options);

Invocation invoke(Function& function, std::string_view event, const InvokeOptions& options = {});
Invocation invoke(Function& function, std::string_view event, Mode mode);

// The children of this process: the zygote and the microVM processes of this test.
std::vector<pid_t> children();
// Those that are no zombies.
std::size_t living_children();
// Whether that comes to be so many within ten seconds, and stays so: a process that was killed takes its time.
bool comes_to_have(std::size_t living);

std::string text_of(const std::vector<LogRecord>& logs);

// A state folder of this test's own whose image is the one of $MAYFLY_HOME, copied by links. That files were verified
// is not copied: links are changes of a file, and others look at it meanwhile.
class OwnHome {
public:
    OwnHome();
    ~OwnHome();
    OwnHome(const OwnHome&) = delete;
    OwnHome& operator=(const OwnHome&) = delete;

    const std::filesystem::path& path() const { return path_; }
    std::filesystem::path image() const { return path_ / "images" / "python3.11"; }
    std::filesystem::path function(const char* name) const { return path_ / "functions" / name; }
    Engine open() const;

private:
    std::filesystem::path path_;
};

}  // namespace mayfly::test
