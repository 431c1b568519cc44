#include "cli/invocation.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <vector>

#include "bench/report/report.h"
#include "bench/report/samples.h"
#include "cli/event_argument.h"
#include "cli/exit_code.h"
#include "cli/format.h"
#include "cli/interrupt.h"
#include "cli/json_output.h"
#include "cli/options.h"
#include "cli/terminal.h"

namespace mayfly::cli {
namespace {

void show_logs(const Invocation& invocation) {
    bool line_is_open = false;
    for (const LogRecord& record : invocation.logs) {
        write_all(STDERR_FILENO, record.text);
        if (!record.text.empty()) line_is_open = record.text.back() != '\n';
    }
    if (line_is_open) write_all(STDERR_FILENO, "\n");
}

void show_reply(const Invocation& invocation) {
    if (!invocation.reply.empty()) write_all(STDOUT_FILENO, invocation.reply + "\n");
}

// How often each outcome came, and how the times are distributed.
class Summary {
public:
    void add(const Invocation& invocation) {
        ++outcomes_[invocation.outcome];
        microseconds_.push_back(static_cast<double>(invocation.receipt.total_ns) / 1e3);
    }

    std::string text() const {
        std::vector<std::string> counts;
        for (const auto& [outcome, count] : outcomes_)
            counts.push_back(fmt::format("{} {}", count, to_string(outcome)));
        const bench::Percentiles of = bench::percentiles(microseconds_);
        const auto time = bench::human_time;
        return fmt::format("{} invocations: {}\ntime     p50 {}, p90 {}, p99 {}, p99.9 {}, max {}\n",
                           microseconds_.size(), joined(counts, ", "), time(of.p50), time(of.p90), time(of.p99),
                           time(of.p999), time(of.max));
    }

private:
    std::map<Outcome, std::size_t> outcomes_;
    std::vector<double> microseconds_;
};

}  // namespace

int invoke_and_show(Function& function, const InvocationArguments& arguments) {
    const auto event = read_event(arguments.event);
    if (!event) return report(event.error());
    InvokeOptions options;
    options.log = parse_log_policy(arguments.log.value_or(arguments.repeat > 1 ? "none" : "tail"));
    if (arguments.fresh) options.mode = Mode::fresh;

    Summary summary;
    int code = kExitFinished;
    for (std::size_t count = 0; count < arguments.repeat && !interrupted() && !output_failed(); ++count) {
        const auto invocation = function.invoke(*event, options);
        if (interrupted()) break;
        if (!invocation) return report(invocation.error());
        summary.add(*invocation);
        code = std::max(code, exit_code(invocation->outcome));
        if (arguments.json) {
            print_json(*invocation, arguments.repeat == 1 ? JsonLayout::indented : JsonLayout::one_line);
            continue;
        }
        show_logs(*invocation);
        show_reply(*invocation);
        if (arguments.repeat == 1) write_all(STDERR_FILENO, receipt_text(*invocation));
    }
    if (arguments.repeat > 1) write_all(STDERR_FILENO, summary.text());
    return code;
}

}  // namespace mayfly::cli
