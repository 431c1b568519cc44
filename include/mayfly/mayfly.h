// libmayfly: functions in microVMs. The whole public interface; needs the standard library only.
//
//     auto engine = mayfly::Engine::open({});
//     auto function = engine->function("hello");
//     auto invocation = function->invoke(R"({"name": "Ada"})");
//     if (invocation->outcome == mayfly::Outcome::finished) use(invocation->reply);
//
// Nothing here throws or prints. A Result holds a value or an Error that says what to do. An Error
// means that Mayfly could not do what it was asked; a function that fails, crashes or runs out of
// time is no Error but an Outcome. All classes may be used by several threads at once. A call that
// malloc refuses memory is an Error too; where the JSON library or OpenSSL can't do without, as when
// images and functions are opened or made, the program ends, and what is in the state folder is whole.
// Invocations use neither, but for the JSON of a function's error.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

// Shown by the library, whatever it is built with.
#pragma GCC visibility push(default)

namespace mayfly {

// How much of the last invocation the next one may see.
enum class Mode {
    pristine,  // nothing: the microVM is put back, byte for byte, to its snapshot (the default)
    stateful,  // what it left in memory and in /tmp, as a warm start of other platforms
    fresh,     // nothing: a new microVM process, which never ran an event
};

enum class Outcome {
    finished,        // the reply is the JSON of the return value
    function_error,  // the function raised: the reply is the error JSON
    crashed,         // the program or the guest kernel ended before it replied
    timed_out,
    out_of_memory,
    refused,     // the event was not taken: not JSON, or too large
    host_error,  // the microVM process or KVM failed
};

enum class LogStream { output, error, kernel, trace };

// Returns from the guest to the VMM, by what they were for.
struct ExitCounts {
    std::uint64_t end = 0;          // the guest replied, ended or crashed
    std::uint64_t idle = 0;         // it had nothing to run
    std::uint64_t log = 0;          // its log buffer was full
    std::uint64_t tick = 0;         // it started or stopped its timer tick
    std::uint64_t input = 0;        // it read standard input
    std::uint64_t memory = 0;       // it needed more of its RAM
    std::uint64_t interrupted = 0;  // by a signal: a tick, the time limit
};

// What an invocation or a program used. Times are nanoseconds of the host's monotonic clock.
struct Receipt {
    Mode mode = Mode::pristine;
    std::uint64_t queue_ns = 0;        // waiting for the microVM while it served others or was being put back
    std::uint64_t resume_ns = 0;       // from there to the first guest instruction; with a new microVM its start
    std::uint64_t run_ns = 0;          // first guest instruction to the reply
    std::uint64_t event_taken_ns = 0;  // of run_ns, until the language runtime had the event; 0: unknown
    std::uint64_t reply_given_ns = 0;  // of run_ns, until it gave the reply; both as the guest says; 0: unknown
    std::uint64_t reset_ns = 0;        // putting the microVM back before this event; 0 if it had not run one
    std::uint64_t total_ns = 0;        // call to return
    std::uint64_t cpu_ns = 0;          // CPU time of the virtual CPU
    std::uint64_t vmm_cpu_ns = 0;      // CPU time of its process besides, since the last reply or its start
    // As the guest says, so of a hostile one no more than a claim; since its snapshot was made, not of this event
    // alone.
    std::uint64_t memory_peak_bytes = 0;
    std::uint64_t tmp_peak_bytes = 0;  // of /tmp and all other memory file systems
    std::uint64_t threads_peak = 0;
    std::uint64_t files_peak = 0;     // open descriptors
    std::uint64_t private_pages = 0;  // pages of RAM this microVM does not share with its snapshot
    std::uint64_t reset_pages = 0;    // pages copied back by the reset of reset_ns
    std::uint64_t exits = 0;          // all of exits_by_reason
    ExitCounts exits_by_reason;
    std::uint64_t host_faults = 0;  // page faults of the virtual CPU's thread on the host
    std::uint64_t syscalls = 0;     // in the guest
    std::uint64_t unknown_syscalls = 0;
    std::uint64_t page_faults = 0;  // in the guest
    std::uint64_t event_bytes = 0;
    std::uint64_t reply_bytes = 0;
    std::uint64_t log_bytes = 0;          // what was written, shown or not, without what was dropped
    std::uint64_t log_dropped_bytes = 0;  // before the last 1 MiB; less of a function that logs over 16 MiB a second
    bool new_microvm = false;             // a microVM process was started for this invocation
};

struct LogRecord {
    LogStream stream = LogStream::output;
    std::string text;
};

struct Invocation {
    Outcome outcome = Outcome::host_error;
    std::string cause;  // a sentence; empty when finished
    std::string reply;
    std::vector<LogRecord> logs;  // in the order they were written
    Receipt receipt;
    std::string request_id;
};

enum class LogPolicy {
    none,
    tail,  // the last 4 KiB
    all,   // the last 1 MiB, if its function logs no more than 16 MiB a second; the rest is dropped and counted
};

struct InvokeOptions {
    std::optional<Mode> mode;  // default: the function's
    LogPolicy log = LogPolicy::tail;
    std::string request_id;       // default: a random UUID; at most 63 printable characters
    bool trace_syscalls = false;  // into the logs; always a new microVM
};

// An image: a read-only root filesystem, with a language runtime or without.
struct ImageOptions {
    std::string runtime = "python3.11";
    std::string name;                   // default: the runtime's
    std::vector<std::string> packages;  // further Debian packages, with their dependencies
    bool replace = true;                // an image of this name is replaced once the new one is complete
};

struct ImageStep {  // one line of the table of sizes
    std::string name;
    std::uint64_t bytes = 0;  // of the tree after this step
    std::uint64_t files = 0;
};

struct ImageInfo {
    std::string name;
    std::string runtime;                // empty when functions can't run in it
    std::vector<std::string> packages;  // "name=version", all of them
    std::string digest;                 // SHA-256 of the image file, hexadecimal
    std::string path;                   // of the image file
    std::uint64_t bytes = 0;
    std::vector<ImageStep> steps;
    std::uint64_t base_ram_bytes = 0;       // RAM of the base snapshot; 0 without
    std::uint64_t base_snapshot_bytes = 0;  // its memory file
    std::int64_t created_at = 0;            // seconds since the Epoch
    std::vector<std::string> functions;     // that use it
};

// Memory is that of the whole microVM, guest kernel and language runtime included.
inline constexpr std::uint32_t kDefaultMemoryMb = 128;
inline constexpr std::uint32_t kMinMemoryMb = 64;      // what a runtime's base snapshot takes at least
inline constexpr std::uint32_t kMaxMemoryMb = 10'240;  // as AWS Lambda's
inline constexpr std::uint32_t kMemoryStepMb = 2;      // it is a multiple of this: the guest maps large pages
// Wall-clock time of one invocation.
inline constexpr std::chrono::milliseconds kDefaultTimeout{3000};
inline constexpr std::chrono::milliseconds kMaxTimeout{900'000};  // as AWS Lambda's
inline constexpr std::size_t kMaxEventBytes = 6u << 20;           // and reply; as AWS Lambda's
inline constexpr std::size_t kMaxTrainingBytes = 256u << 10;
inline constexpr std::size_t kMaxEnvironmentBytes = 4u << 10;  // names and values together; as AWS Lambda's
inline constexpr std::uint32_t kDefaultTmpMb = 512;            // of /tmp, but never more than half of the memory
// Share of the one virtual processor.
inline constexpr double kMinCpu = 0.01;
inline constexpr double kMaxCpu = 1;

struct FunctionOptions {
    std::string name;
    std::string image = "python3.11";
    std::string code_directory;
    std::string handler;                                  // "module.function"
    std::uint32_t memory_mb = kDefaultMemoryMb;           // kMinMemoryMb to kMaxMemoryMb, in steps of kMemoryStepMb
    std::chrono::milliseconds timeout = kDefaultTimeout;  // 1 ms to kMaxTimeout
    std::chrono::milliseconds cpu_time{0};                // of the virtual processor, per invocation; 0: no limit
    double cpu = 0;                                       // kMinCpu to kMaxCpu; 0: no limit
    std::uint32_t tmp_mb = kDefaultTmpMb;                 // 1 to kMaxMemoryMb
    std::map<std::string, std::string> environment;       // at most kMaxEnvironmentBytes
    Mode mode = Mode::pristine;
    // What an ordinary event looks like, as JSON. One like it is run once after the load, in a microVM that is thrown
    // away, to find out which memory events write: later microVMs have it ready. Empty: that of the language
    // runtime alone; the handler is not called. At most kMaxTrainingBytes.
    std::string training_event;
};

// What is absent stays as it is. The function is loaded anew; it is replaced when that succeeded.
struct FunctionUpdate {
    std::optional<std::string> image;
    std::optional<std::string> code_directory;
    std::optional<std::string> handler;
    std::optional<std::uint32_t> memory_mb;
    std::optional<std::chrono::milliseconds> timeout;
    std::optional<std::chrono::milliseconds> cpu_time;
    std::optional<double> cpu;
    std::optional<std::uint32_t> tmp_mb;
    std::vector<std::string> unset_environment;      // names of variables to take away, before the next are set
    std::map<std::string, std::string> environment;  // added to what it has, or in place of it
    std::optional<Mode> mode;
    std::optional<std::string> training_event;
};

struct FunctionInfo {
    std::string name;
    std::string image;
    std::string handler;
    std::uint32_t memory_mb = 0;
    std::chrono::milliseconds timeout{0};
    std::chrono::milliseconds cpu_time{0};
    double cpu = 0;
    std::uint32_t tmp_mb = kDefaultTmpMb;
    std::map<std::string, std::string> environment;
    Mode mode = Mode::pristine;
    std::string training_event;
    std::uint64_t code_bytes = 0;      // of its read-only image
    std::string code_digest;           // SHA-256 of that, hexadecimal
    std::uint64_t snapshot_bytes = 0;  // pages that differ from the image's base snapshot
    std::int64_t created_at = 0;       // seconds since the Epoch
    std::int64_t updated_at = 0;
    std::uint64_t load_ns = 0;         // what loading it took, once, before the snapshot
    std::vector<LogRecord> load_logs;  // only in the answer of create and update
};

// A function that is ready to take events. Keeps one microVM for pristine and one for stateful
// invocations, each made at its first use and replaced after a crash; all end with the last copy of
// this object. Invocations of one microVM wait for each other.
class Function {
public:
    // An Error only when Mayfly is at fault or was asked for nonsense; a bad event is refused.
    Result<Invocation> invoke(std::string_view event, const InvokeOptions& options = {});
    // Starts the microVM of this mode now, so that the first invocation finds it. Nothing to do for fresh.
    Result<void> prepare(Mode mode);
    const FunctionInfo& info() const;

    class Impl;
    explicit Function(std::shared_ptr<Impl> impl);

private:
    std::shared_ptr<Impl> impl_;
};

struct ExecMount {
    std::string host_directory;  // copied into a read-only image of its own; or a file that is an EROFS image
    std::string guest_path;      // absolute
};

// Any program of an image, from a cold boot.
struct ExecOptions {
    std::string image = "python3.11";
    std::vector<std::string> arguments;              // [0] is the path of the program; a bare name is one of /usr/bin
    std::map<std::string, std::string> environment;  // added to PATH, HOME and LANG
    std::string working_directory = "/";
    std::uint32_t memory_mb = 512;         // within the limits of a function's
    std::chrono::milliseconds timeout{0};  // 0: none; any other will do
    std::vector<ExecMount> mounts;         // at most 7
    bool trace_syscalls = false;
    int input = -1;  // a descriptor the guest's standard input reads from; -1: empty. Not closed
    std::function<void(LogStream, std::string_view)> output;  // called as it is written
};

struct ExecResult {
    Outcome outcome = Outcome::host_error;  // finished: it ended by itself, with any status
    std::string cause;
    int exit_code = 0;  // 0..255, or 128 + signal
    Receipt receipt;
};

enum class LogLevel { debug, info, warning };

struct Progress {
    std::string_view step;    // "fetch packages"
    std::string_view detail;  // "libssl3"
    std::uint64_t done = 0;
    std::uint64_t total = 0;  // 0: unknown
};

// What the jail of microVM processes is made without. A host that can't give something is an Error
// (ErrorCode::unavailable) that names the risk; one that is accepted is a warning in the log. The same names, with
// --insecure- before them, are options of the command. docs/security.md says what each is worth.
struct AcceptedRisks {
    bool no_namespaces = false;  // user, mount, PID, IPC, network, UTS and cgroup namespaces; the empty root
    bool no_unique_ids = false;  // a user id for each microVM; only root can give them, and nobody else is asked to
    bool no_seccomp = false;     // a list of allowed system calls
    bool no_cgroup = false;      // control groups, where a limit needs them (FunctionOptions::cpu)
};

struct EngineOptions {
    // Where images and functions live. Default: $MAYFLY_HOME, else $XDG_DATA_HOME/mayfly, else
    // ~/.local/share/mayfly. Nothing is written elsewhere.
    std::string home;
    // Warnings, what is made anew, and at level debug the main steps; from the thread at work. It must
    // not call this library.
    std::function<void(LogLevel, std::string_view)> log;
    std::function<void(const Progress&)> progress;  // of build_image, from the calling thread
    AcceptedRisks accept;
};

class Engine {
public:
    // Makes the state folder, for this user alone, if it is absent and clears what a killed command left in it.
    static Result<Engine> open(EngineOptions options = {});
    const std::string& home() const;
    const AcceptedRisks& accepted_risks() const;

    Result<ImageInfo> build_image(const ImageOptions& options);
    Result<std::vector<ImageInfo>> images() const;  // by name
    Result<ImageInfo> image(std::string_view name) const;
    Result<void> remove_image(std::string_view name);  // refused while functions use it

    // Loads the function, once, and keeps the snapshot. ErrorCode::function, with the runtime's
    // trace, when its code can't be loaded; then nothing is created.
    Result<FunctionInfo> create_function(const FunctionOptions& options);
    Result<FunctionInfo> update_function(std::string_view name, const FunctionUpdate& update);
    Result<std::vector<FunctionInfo>> functions() const;  // by name
    Result<FunctionInfo> function_info(std::string_view name) const;
    Result<void> remove_function(std::string_view name);

    // Opens a function: checks its snapshot. A function removed or updated later stays as it was
    // for those who have opened it.
    Result<Function> function(std::string_view name) const;
    // create_function in a folder that nobody else sees and that is gone at once: create, invoke, forget.
    Result<Function> temporary_function(const FunctionOptions& options) const;

    // Keeps `count` microVMs ready, with the image's runtime in them, that have run no function: whatever starts a
    // microVM of a function of this image and memory takes one and puts the function's snapshot over it, and another is
    // made in the background, where a failure is logged, and tried again after a pause. Returns once they wait, in
    // place of any that wait with an earlier base snapshot of the image; 0 ends them. Each takes a process and some
    // private memory.
    Result<void> keep_ready(std::string_view image, unsigned count, std::uint32_t memory_mb = kDefaultMemoryMb) const;

    Result<ExecResult> exec(const ExecOptions& options) const;

    // From any thread: ends the microVMs and tools at work. Calls under way clean up and return an
    // Error; so does every later call of this engine and its functions.
    void interrupt();

    class Impl;

private:
    explicit Engine(std::shared_ptr<Impl> impl);
    std::shared_ptr<Impl> impl_;
};

// What functions need of this machine: KVM and its capabilities, limits, control groups, tools.
enum class CheckStatus {
    ok,
    warning,  // functions run, something is worse than it could be
    missing,  // functions can't run
};

struct Check {
    std::string name;
    CheckStatus status = CheckStatus::ok;
    std::string found;
    std::string advice;  // what to do; empty when ok
};

std::vector<Check> diagnose();

std::string_view version();
// "pvm", "svm", "vmx", or "none" when /dev/kvm can't be used.
std::string_view kvm_backend();

std::string_view to_string(Mode mode);
std::string_view to_string(Outcome outcome);
std::string_view to_string(LogStream stream);
std::optional<Mode> parse_mode(std::string_view text);

}  // namespace mayfly

#pragma GCC visibility pop
