#include "bench/lab/invocations.h"

#include "bench/lab/stopwatch.h"

namespace mayfly::bench {
namespace {

double micro(std::uint64_t nanoseconds) { return static_cast<double>(nanoseconds) / 1e3; }

// As much of a wrong reply as tells what went wrong.
std::string beginning(std::string_view text) {
    constexpr std::size_t kShown = 80;
    return text.size() <= kShown ? std::string(text) : std::string(text.substr(0, kShown)) + "...";
}

}  // namespace

std::string text_of(std::span<const std::byte> bytes) {
    std::string text;
    text.reserve(bytes.size());
    for (const std::byte byte : bytes) text += static_cast<char>(byte);
    return text;
}

Result<FunctionOptions> describe_function(const TemporaryFolder& folder, const std::string& name,
                                          const std::vector<SourceFile>& files, const std::string& image) {
    FunctionOptions options;
    options.name = "bench-" + name;
    options.image = image;
    options.code_directory = MF_TRY(folder.make_folder(name));
    options.handler = "app.handler";
    for (const SourceFile& file : files) MF_TRY(folder.write(name + "/" + file.name, file.content, 0644));
    return options;
}

Result<Invocation> invoke(Function& function, std::string_view event, Mode mode) {
    InvokeOptions options;
    options.mode = mode;
    Invocation invocation = MF_TRY(function.invoke(event, options));
    if (invocation.outcome != Outcome::finished)
        return fail(ErrorCode::microvm,
                    std::string(to_string(invocation.outcome)) + ": " +
                        (invocation.cause.empty() ? beginning(invocation.reply) : invocation.cause));
    return invocation;
}

Result<Sample> time_invocation(Function& function, std::string_view event, Mode mode, std::string_view expected) {
    const Stopwatch watch;
    const Invocation invocation = MF_TRY(invoke(function, event, mode));
    const double elapsed = watch.microseconds();
    if (!expected.empty() && invocation.reply != expected)
        return fail(ErrorCode::internal,
                    "wrong reply " + beginning(invocation.reply) + ", expected " + beginning(expected));
    return Sample{elapsed, counts_of(invocation.receipt)};
}

Counts counts_of(const Receipt& receipt) {
    Counts counts;
    counts.exits = static_cast<double>(receipt.exits);
    counts.host_faults = static_cast<double>(receipt.host_faults);
    counts.page_faults = static_cast<double>(receipt.page_faults);
    counts.syscalls = static_cast<double>(receipt.syscalls);
    counts.reset_pages = static_cast<double>(receipt.reset_pages);
    counts.private_pages = static_cast<double>(receipt.private_pages);
    counts.queue_us = micro(receipt.queue_ns);
    counts.resume_us = micro(receipt.resume_ns);
    counts.run_us = micro(receipt.run_ns);
    counts.reset_us = micro(receipt.reset_ns);
    counts.event_taken_us = micro(receipt.event_taken_ns);
    counts.reply_given_us = micro(receipt.reply_given_ns);
    counts.cpu_us = micro(receipt.cpu_ns);
    counts.vmm_cpu_us = micro(receipt.vmm_cpu_ns);
    return counts;
}

}  // namespace mayfly::bench
