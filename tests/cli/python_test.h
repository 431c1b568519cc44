// For tests that need the Python image: the fixture `python_image` has built it in $MAYFLY_HOME.
#pragma once

#include <gtest/gtest.h>

#include <unistd.h>

#include <string>

#include "command.h"

namespace mayfly::test {

// A function of this test's own, removed at its end. A second one needs another `kind`.
class PythonFunction {
public:
    explicit PythonFunction(const std::string& source, std::vector<std::string> options = {},
                            const std::string& kind = "test")
        : name_("cli-" + kind + "-" + std::to_string(::getpid())) {
        code_.file("app.py", source);
        std::vector<std::string> words{"function", "create", name_,       "--runtime",  "python3.11",
                                       "--code",   code(),   "--handler", "app.handler"};
        words.insert(words.end(), options.begin(), options.end());
        created_ = run_mayfly(words);
    }
    PythonFunction(const PythonFunction&) = delete;
    PythonFunction& operator=(const PythonFunction&) = delete;
    ~PythonFunction() { run_mayfly({"function", "rm", name_}); }

    const std::string& name() const { return name_; }
    std::string code() const { return code_.path().string(); }
    const Finished& created() const { return created_; }
    Folder& folder() { return code_; }

    Finished invoke(std::vector<std::string> options = {}, std::string input = {}) const {
        std::vector<std::string> words{"invoke", name_};
        words.insert(words.end(), options.begin(), options.end());
        return run_mayfly(words, std::move(input));
    }

private:
    std::string name_;
    Folder code_;
    Finished created_;
};

inline const std::string kEcho = "def handler(event, context):\n    return event\n";

}  // namespace mayfly::test
