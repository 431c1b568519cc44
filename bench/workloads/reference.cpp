#include "bench/workloads/reference.h"

#include <cstdlib>
#include <utility>

#include "bench/lab/invocations.h"
#include "embedded/bench_reference.h"

namespace mayfly::bench {

Result<Reference> Reference::start(const std::string& python, const std::string& source, std::size_t size) {
    Peer process = MF_TRY(Peer::start({python, "-c", text_of(bench_reference()), source, std::to_string(size)}));
    if (MF_TRY(process.read_line()) != "ready") return fail(ErrorCode::unavailable, "its Python does not start");
    return Reference{std::move(process)};
}

Result<std::string> Reference::make_event(unsigned seed) {
    MF_TRY(process_.write_line("event " + std::to_string(seed)));
    return process_.read_line();
}

Result<Reference::Run> Reference::run(const std::string& event) {
    MF_TRY(process_.write_line("run\n" + event));
    const std::string line = MF_TRY(process_.read_line());
    char* end = nullptr;
    Run run;
    run.total_us = std::strtod(line.c_str(), &end);
    run.handler_us = std::strtod(end, &end);
    if (*end != ' ') return fail(ErrorCode::internal, "the reference printed no times");
    run.reply = end + 1;
    return run;
}

}  // namespace mayfly::bench
