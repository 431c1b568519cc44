#include "tests/runtime/test_engine.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <thread>

namespace mayfly::test {

namespace fs = std::filesystem;

std::vector<pid_t> children() {
    std::vector<pid_t> found;
    for (const auto& task : fs::directory_iterator("/proc/self/task")) {
        std::ifstream list(task.path() / "children");
        for (pid_t pid; list >> pid;) found.push_back(pid);
    }
    return found;
}

std::size_t living_children() {
    const std::vector<pid_t> found = children();
    return static_cast<std::size_t>(std::count_if(found.begin(), found.end(), [](pid_t pid) {
        std::ifstream status("/proc/" + std::to_string(pid) + "/status");
        const std::string text{std::istreambuf_iterator<char>(status), {}};
        return !text.empty() && text.find("State:\tZ") == std::string::npos;
    }));
}

bool comes_to_have(std::size_t living) {
    constexpr int kLooksInARow = 10;
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    int in_a_row = 0;
    while (in_a_row < kLooksInARow && std::chrono::steady_clock::now() < deadline) {
        in_a_row = living_children() == living ? in_a_row + 1 : 0;
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return in_a_row == kLooksInARow;
}

Engine open_engine() {
    auto engine = Engine::open();
    if (!engine) ADD_FAILURE() << engine.error().message();
    return std::move(*engine);
}

std::string code_of(const std::string& name) { return std::string(MAYFLY_TEST_FUNCTIONS) + "/" + name; }

FunctionOptions options_of(const std::string& name) {
    FunctionOptions options;
    options.name = "test";
    options.code_directory = code_of(name);
    options.handler = "app.handler";
    return options;
}

Function load(const FunctionOptions& options) {
    auto function = open_engine().temporary_function(options);
    if (!function) ADD_FAILURE() << function.error().message();
    return std::move(*function);
}

Function load(const std::string& name) { return load(options_of(name)); }

Invocation invoke(Function& function, std::string_view event, const InvokeOptions& options) {
    auto invocation = function.invoke(event, options);
    if (!invocation) ADD_FAILURE() << invocation.error().message();
    return invocation ? std::move(*invocation) : Invocation{};
}

Invocation invoke(Function& function, std::string_view event, Mode mode) {
    InvokeOptions options;
    options.mode = mode;
    return invoke(function, event, options);
}

std::string text_of(const std::vector<LogRecord>& logs) {
    std::string text;
    for (const LogRecord& record : logs) text += record.text;
    return text;
}

OwnHome::OwnHome() {
    const fs::path shared = open_engine().home();
    std::string pattern = (shared.parent_path() / "own-home-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) std::abort();
    path_ = pattern;
    const fs::path from = shared / "images" / "python3.11";
    fs::create_directories(image() / "base");
    for (const char* file : {"image.erofs", "image.json", "base/memory", "base/manifest"})
        fs::create_hard_link(from / file, image() / file);
}

OwnHome::~OwnHome() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
}

Engine OwnHome::open() const {
    EngineOptions options;
    options.home = path_.string();
    auto engine = Engine::open(options);
    if (!engine) ADD_FAILURE() << engine.error().message();
    return std::move(*engine);
}

}  // namespace mayfly::test
