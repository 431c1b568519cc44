// Runs a Python function in a microVM, from a program of your own.
//
//     embed FOLDER [EVENT...]
//
// FOLDER holds app.py with a function `handler(event, context)`. The image python3.11 must have been built
// (`mayfly image build python3.11`). Each event is answered by the function as it was when it was loaded.
#include <mayfly/mayfly.h>

#include <iostream>

namespace {

int fail(const mayfly::Error& error) {
    std::cerr << "embed: " << error.message() << '\n';
    return 1;
}

void print(const mayfly::Invocation& invocation) {
    for (const mayfly::LogRecord& record : invocation.logs) std::cerr << record.text;
    std::cout << invocation.reply << '\n';
    std::cerr << to_string(invocation.outcome) << ' ' << invocation.cause << " in "
              << invocation.receipt.total_ns / 1000 << " us\n";
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        std::cerr << "usage: embed FOLDER [EVENT...]\n";
        return 2;
    }
    auto engine = mayfly::Engine::open();
    if (!engine) return fail(engine.error());

    mayfly::FunctionOptions options;
    options.name = "embedded";
    options.code_directory = argv[1];
    options.handler = "app.handler";
    auto function = engine->temporary_function(options);
    if (!function) return fail(function.error());

    for (int i = 2; i < argc; ++i) {
        const auto invocation = function->invoke(argv[i]);
        if (!invocation) return fail(invocation.error());
        print(*invocation);
        if (invocation->outcome != mayfly::Outcome::finished) return 1;
    }
    return 0;
}
