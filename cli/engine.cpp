#include "cli/engine.h"

#include <cstdlib>
#include <string>

#include "cli/interrupt.h"

namespace mayfly::cli {
namespace {

AcceptedRisks accepted;  // what the command line says, before any engine is opened

bool wants_debug() {
    const char* value = std::getenv("MAYFLY_DEBUG");
    return value != nullptr && *value != '\0';
}

void print_log(LogLevel level, std::string_view text) {
    if (level == LogLevel::debug && !wants_debug()) return;
    const std::string line = std::string(level == LogLevel::warning ? "warning: " : "") + std::string(text);
    write_all(2, styled(2, level == LogLevel::warning ? Style::yellow : Style::dim, line) + "\n");
}

}  // namespace

void accept(const AcceptedRisks& risks) { accepted = risks; }

Result<Engine> open_engine(ProgressLine* progress) {
    EngineOptions options;
    options.log = print_log;
    options.accept = accepted;
    if (progress != nullptr)
        options.progress = [progress](const Progress& at) { progress->show(at.step, at.detail, at.done, at.total); };
    Engine engine = MF_TRY(Engine::open(std::move(options)));
    on_interrupt([engine]() mutable { engine.interrupt(); });
    return engine;
}

}  // namespace mayfly::cli
