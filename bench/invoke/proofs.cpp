#include "bench/invoke/proofs.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>
#include <utility>

#include "bench/lab/invocations.h"
#include "bench/lab/process_use.h"
#include "embedded/bench_proofs.h"

namespace mayfly::bench {
namespace {

using nlohmann::json;

constexpr std::size_t kClones = 20;  // fresh microVMs: each costs a new process
constexpr std::size_t kProgressEvery = 100;
// What the allocator and page tables may move without anything having leaked.
constexpr std::uint64_t kMemorySlack = 2u << 20;
// MicroVM processes of fresh events that have just ended; they are waited for when the next ones start.
constexpr std::size_t kEnding = 10;
constexpr std::chrono::milliseconds kSettling{200};

// What the probes said, over all modes.
struct Findings {
    std::set<std::string> held;
    std::set<std::string> random;
    std::size_t drawn = 0;
};

// The places where the secret of the event before was found.
Result<std::size_t> probe(Function& function, Mode mode, std::size_t number, Findings& findings) {
    const std::string event = R"({"secret": "secret )" + std::to_string(number) + "\"}";
    const Invocation invocation = MF_TRY(invoke(function, event, mode));
    const json reply = json::parse(invocation.reply, nullptr, false);
    if (!reply.is_object()) return fail(ErrorCode::internal, "the probe replied " + invocation.reply);
    findings.held.insert(reply.at("held").get<std::string>());
    for (const json& value : reply.at("random")) findings.random.insert(value.get<std::string>());
    findings.drawn += reply.at("random").size();
    return reply.at("found").size();
}

// The sum of what `count` probes found.
Result<std::size_t> probe_often(Function& function, Mode mode, std::size_t count, Findings& findings,
                                const RowProgress& progress) {
    std::size_t found = 0;
    for (std::size_t number = 0; number < count; ++number) {
        if (progress && number % kProgressEvery == 0) progress("proving isolation", number, count);
        found += MF_TRY(probe(function, mode, number, findings));
    }
    return found;
}

std::string difference(const ProcessUse& before, const ProcessUse& after) {
    const auto memory =
        static_cast<double>(after.pss_without_files_bytes) - static_cast<double>(before.pss_without_files_bytes);
    return fmt::format("processes {} to {}, descriptors {} to {}, memory {}{}", before.processes, after.processes,
                       before.descriptors, after.descriptors, memory < 0 ? "" : "+", human(memory, Unit::bytes));
}

bool is_flat(const ProcessUse& before, const ProcessUse& after, Mode mode) {
    const std::size_t ending = mode == Mode::fresh ? kEnding : 0;
    return after.processes <= before.processes + ending && after.descriptors <= before.descriptors + ending &&
           after.pss_without_files_bytes <= before.pss_without_files_bytes + kMemorySlack;
}

ProcessUse settled_use() {
    std::this_thread::sleep_for(kSettling);
    return use_of(process_tree(Zombies::counted));
}

}  // namespace

Result<std::vector<Proof>> prove_isolation(const Engine& engine, const TemporaryFolder& folder,
                                           const std::string& image, std::size_t invocations,
                                           const RowProgress& progress) {
    const FunctionOptions options = MF_TRY(describe_function(folder, "proofs", {{"app.py", bench_proofs()}}, image));
    Function function = MF_TRY(engine.temporary_function(options));
    Findings findings;
    const std::size_t leaked = MF_TRY(probe_often(function, Mode::pristine, invocations, findings, progress));
    const std::size_t kept = MF_TRY(probe_often(function, Mode::stateful, 2, findings, {}));
    const std::size_t cloned = MF_TRY(probe_often(function, Mode::fresh, kClones, findings, {}));

    constexpr std::size_t kPlaces = 3;  // memory, environment, file
    std::vector<Proof> proofs;
    proofs.push_back({"forgotten", leaked + cloned == 0,
                      fmt::format("a secret left in memory, environment and /tmp by the event before was found {} "
                                  "times in {} pristine and {} fresh events",
                                  leaked + cloned, invocations, kClones)});
    proofs.push_back({"probe_works", kept == kPlaces,
                      fmt::format("a stateful microVM showed the same secret in {} of {} places", kept, kPlaces)});
    proofs.push_back({"held", findings.held.size() == 1,
                      fmt::format("a value made before the snapshot had {} value(s) in {} events of all modes",
                                  findings.held.size(), invocations + kClones + 2)});
    proofs.push_back({"random", findings.random.size() == findings.drawn,
                      fmt::format("{} of {} random numbers of microVMs from one snapshot were different",
                                  findings.random.size(), findings.drawn)});
    return proofs;
}

Result<Proof> prove_flatness(Function& function, Mode mode, const std::string& event, const std::string& expected,
                             std::size_t invocations, const RowProgress& progress) {
    const std::size_t settling = std::max<std::size_t>(invocations / 10, 1);
    ProcessUse before;
    for (std::size_t number = 0; number < settling + invocations; ++number) {
        if (number == settling) before = settled_use();
        if (progress && number % kProgressEvery == 0) progress("proving flatness", number, settling + invocations);
        MF_TRY(time_invocation(function, event, mode, expected));
    }
    const ProcessUse after = settled_use();
    return Proof{mode == Mode::fresh ? "flat_fresh" : "flat", is_flat(before, after, mode),
                 fmt::format("over {} {} events: {}", invocations, to_string(mode), difference(before, after))};
}

}  // namespace mayfly::bench
