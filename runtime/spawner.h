// Starts and ends microVM processes. One thread does, for as long as the engine lives: a process is
// killed by the kernel when the thread that started it ends (PR_SET_PDEATHSIG), so it must not be one of
// the caller's.
#pragma once

#include <sys/types.h>

#include <deque>
#include <list>
#include <memory>
#include <span>
#include <thread>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/unique_fd.h"
#include "runtime/mutex.h"

namespace mayfly::runtime {

class Spawner;

// A process of ours that nobody has waited for: its number is its own.
struct Child {
    pid_t pid;
    UniqueFd handle;  // a pidfd: never another process of the same number
};

// A running process, killed at the end of this object's life.
class ChildProcess {
public:
    ChildProcess(ChildProcess&& other) noexcept
        : spawner_(std::exchange(other.spawner_, nullptr)), child_(other.child_) {}
    ChildProcess& operator=(ChildProcess&&) = delete;
    ~ChildProcess();

    pid_t pid() const { return child_->pid; }
    void kill() const;
    bool has_ended() const;
    // Kills it and waits until it is gone: afterwards it holds no descriptor any more.
    void kill_and_wait();

private:
    friend class Spawner;
    ChildProcess(Spawner& spawner, std::list<Child>::iterator child) : spawner_(&spawner), child_(child) {}

    Spawner* spawner_;  // null: moved from
    std::list<Child>::iterator child_;
};

class Spawner {
public:
    // The program is run from memory; it is sealed, so that no process can change what the next one runs.
    static Result<std::unique_ptr<Spawner>> create(std::span<const std::byte> program);
    ~Spawner();
    Spawner(const Spawner&) = delete;
    Spawner& operator=(const Spawner&) = delete;

    // Starts a process that finds `socket` at descriptor 3 and nothing else of ours.
    Result<ChildProcess> spawn(int socket);

    // Takes over a process that one of ours forked as its sibling.
    Result<ChildProcess> adopt(pid_t pid, UniqueFd handle);

    // Kills all that run, and starts nothing any more.
    void interrupt();
    bool interrupted() const;

private:
    friend class ChildProcess;
    struct Request;

    explicit Spawner(UniqueFd program) : program_(std::move(program)) {}
    void serve();
    Result<ChildProcess> start(int socket) MF_REQUIRES(mutex_);
    ChildProcess keep(std::list<Child> one) MF_REQUIRES(mutex_);
    void forget(std::list<Child>::iterator child);  // a killed process: is waited for later
    void reap() MF_REQUIRES(mutex_);
    void end_lost();

    UniqueFd program_;
    mutable Mutex mutex_;
    ConditionVariable changed_;
    std::deque<Request*> requests_ MF_GUARDED_BY(mutex_);
    // A process goes from the first to the second without asking for memory.
    std::list<Child> running_ MF_GUARDED_BY(mutex_);
    std::list<Child> dying_ MF_GUARDED_BY(mutex_);
    std::vector<pid_t> groups_ MF_GUARDED_BY(mutex_);  // the process group of each program that was started
    bool is_interrupted_ MF_GUARDED_BY(mutex_) = false;
    bool is_closing_ MF_GUARDED_BY(mutex_) = false;
    std::thread thread_;  // last: it uses all of the above
};

}  // namespace mayfly::runtime
