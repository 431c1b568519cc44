// MicroVM processes that wait with a virtual machine and a runtime's base snapshot in it. They have run no function,
// only a rehearsal of the runtime's own, from which they were reset: KVM still translates what the runtime uses. The
// snapshot of a function is put over it when one is wanted. A thread makes another in place of each that was taken, a
// little later: making one interrupts every processor, the one that answers the event among them.
#pragma once

#include <chrono>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "base/error.h"
#include "base/unique_fd.h"
#include "runtime/microvm.h"
#include "runtime/mutex.h"
#include "snapshot/digest.h"

namespace mayfly::runtime {

// What they wait with. The plan names the descriptors beside it.
struct ReadyBase {
    std::string image_name;
    snapshot::Sha256 digest = {};  // of the base snapshot's manifest
    UniqueFd image;
    UniqueFd memory;
    MicrovmPlan plan;
    std::uint64_t ram_bytes = 0;  // of the base snapshot
};

// For any thread.
class ReadyPool {
public:
    explicit ReadyPool(const ProcessSource& source) : source_(source) {}
    ~ReadyPool();
    ReadyPool(const ReadyPool&) = delete;
    ReadyPool& operator=(const ReadyPool&) = delete;

    // Returns when `count` of them wait, at least one. They take the place of those with an earlier base of the same
    // image. When one can't be made: an Error, and no more are made than there are.
    Result<void> keep(ReadyBase base, std::size_t count);
    void end(const std::string& image_name, std::uint64_t ram_bytes);
    // One with the base snapshot and the RAM of this plan, if there is one.
    std::optional<Microvm> take(const MicrovmPlan& plan);
    // Why one could not be made in the background, since the last call. It is tried again, after a pause that grows.
    std::optional<Error> take_failure();

private:
    using Time = std::chrono::steady_clock::time_point;

    struct Shelf {
        ReadyBase base;
        std::size_t wanted = 0;
        std::list<Microvm> ready;
        std::optional<Error> failure;  // of the last try
        std::chrono::milliseconds pause{0};
        Time not_before;

        bool lacks_one() const { return ready.size() < wanted; }
        bool fits(const snapshot::Sha256& digest, std::uint64_t ram_bytes) const {
            return base.digest == digest && base.plan.ram_bytes == ram_bytes;
        }
        bool is_of(const std::string& image_name, std::uint64_t ram_bytes) const {
            return base.image_name == image_name && base.plan.ram_bytes == ram_bytes;
        }
    };
    // Who uses one while it is taken away keeps it.
    using Shelves = std::list<std::shared_ptr<Shelf>>;

    Result<void> start_thread() MF_REQUIRES(mutex_);
    Time rest_ends() const MF_REQUIRES(mutex_);
    void serve();
    Result<std::list<Microvm>> prepare(const ReadyBase& base);  // one
    void make_one(const std::shared_ptr<Shelf>& shelf) MF_REQUIRES(mutex_);
    std::shared_ptr<Shelf> shelf_of(ReadyBase base) MF_REQUIRES(mutex_);
    std::shared_ptr<Shelf> next_shelf() MF_REQUIRES(mutex_);
    template <class Condition>
    void remove_if(Condition condition) MF_REQUIRES(mutex_);

    ProcessSource source_;
    Mutex mutex_;
    ConditionVariable changed_;
    Shelves shelves_ MF_GUARDED_BY(mutex_);  // the one that was served last at the end
    std::optional<Error> failure_ MF_GUARDED_BY(mutex_);
    bool is_closing_ MF_GUARDED_BY(mutex_) = false;
    std::size_t waiting_ MF_GUARDED_BY(mutex_) = 0;  // callers of keep()
    Time first_taken_ MF_GUARDED_BY(mutex_);         // since one was made
    Time last_taken_ MF_GUARDED_BY(mutex_);
    std::thread thread_;  // last: it uses all of the above; started by the first keep()
};

}  // namespace mayfly::runtime
