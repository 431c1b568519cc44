#include "runtime/ready_pool.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include "runtime/out_of_memory.h"
#include "runtime/rehearsal.h"

namespace mayfly::runtime {
namespace {

// Longer than most events of a new microVM take.
constexpr std::chrono::milliseconds kRest{5};
constexpr std::chrono::milliseconds kLongestRest{25};
// After a failure.
constexpr std::chrono::milliseconds kFirstPause{100};
constexpr std::chrono::milliseconds kLongestPause{60'000};

}  // namespace

ReadyPool::~ReadyPool() {
    {
        const MutexLock lock(mutex_);
        is_closing_ = true;
        changed_.notify_all();
    }
    if (thread_.joinable()) thread_.join();
}

Result<void> ReadyPool::start_thread() {
    if (thread_.joinable()) return {};
    try {
        thread_ = std::thread([this] { serve(); });
    } catch (const std::system_error& error) {
        return Unexpected(Error{ErrorCode::unavailable, "starting a thread for ready microVMs", error.code().value()});
    }
    return {};
}

template <class Condition>
void ReadyPool::remove_if(Condition condition) {
    std::erase_if(shelves_, [&](const std::shared_ptr<Shelf>& shelf) {
        if (!condition(*shelf)) return false;
        shelf->wanted = 0;
        shelf->ready.clear();
        return true;
    });
    changed_.notify_all();
}

std::shared_ptr<ReadyPool::Shelf> ReadyPool::shelf_of(ReadyBase base) {
    remove_if([&](const Shelf& shelf) {
        return shelf.is_of(base.image_name, base.plan.ram_bytes) && shelf.base.digest != base.digest;
    });
    for (const std::shared_ptr<Shelf>& shelf : shelves_)
        if (shelf->fits(base.digest, base.plan.ram_bytes)) return shelf;
    return shelves_.emplace_back(std::make_shared<Shelf>(Shelf{std::move(base), 0, {}, {}, {}, {}}));
}

Result<void> ReadyPool::keep(ReadyBase base, std::size_t count) {
    const MutexLock lock(mutex_);
    MF_TRY(start_thread());
    const std::shared_ptr<Shelf> shelf = shelf_of(std::move(base));
    shelf->wanted = count;
    shelf->failure.reset();
    shelf->not_before = {};
    while (shelf->ready.size() > count) shelf->ready.pop_back();
    changed_.notify_all();
    ++waiting_;
    while (shelf->lacks_one() && !shelf->failure && !is_closing_) changed_.wait(mutex_);
    --waiting_;
    if (!shelf->failure) return {};
    shelf->wanted = shelf->ready.size();
    return Unexpected(*shelf->failure);
}

void ReadyPool::end(const std::string& image_name, std::uint64_t ram_bytes) {
    const MutexLock lock(mutex_);
    remove_if([&](const Shelf& shelf) { return shelf.is_of(image_name, ram_bytes); });
}

std::optional<Microvm> ReadyPool::take(const MicrovmPlan& plan) {
    const MutexLock lock(mutex_);
    for (const std::shared_ptr<Shelf>& shelf : shelves_) {
        if (!plan.base || !shelf->fits(*plan.base, plan.ram_bytes)) continue;
        while (!shelf->ready.empty()) {
            Microvm microvm = std::move(shelf->ready.front());
            shelf->ready.pop_front();
            last_taken_ = std::chrono::steady_clock::now();
            if (first_taken_ == Time{}) first_taken_ = last_taken_;
            changed_.notify_all();
            if (!microvm.has_ended()) return microvm;
        }
    }
    return std::nullopt;
}

std::optional<Error> ReadyPool::take_failure() {
    const MutexLock lock(mutex_);
    return std::exchange(failure_, std::nullopt);
}

void ReadyPool::serve() {
    mutex_.lock();
    while (!is_closing_) {
        const std::shared_ptr<Shelf> shelf = next_shelf();
        const Time begin = shelf ? std::max(shelf->not_before, rest_ends()) : Time{};
        if (!shelf)
            changed_.wait(mutex_);
        else if (std::chrono::steady_clock::now() < begin)
            changed_.wait_until(mutex_, begin);
        else
            make_one(shelf);
    }
    mutex_.unlock();
}

// Who waits for one has no event that could be disturbed.
ReadyPool::Time ReadyPool::rest_ends() const {
    if (waiting_ > 0 || first_taken_ == Time{}) return {};
    return std::min(last_taken_ + kRest, first_taken_ + kLongestRest);
}

// The one that may be served first, and of several the one that was not served for the longest time.
std::shared_ptr<ReadyPool::Shelf> ReadyPool::next_shelf() {
    std::shared_ptr<Shelf> next;
    for (const std::shared_ptr<Shelf>& shelf : shelves_)
        if (shelf->lacks_one() && (!next || shelf->not_before < next->not_before)) next = shelf;
    return next;
}

Result<std::list<Microvm>> ReadyPool::prepare(const ReadyBase& base) {
    Microvm microvm = MF_TRY(Microvm::prepare(source_, base.plan));
    for (RunRequest request : {touch(), rehearsal()}) {
        // More would change the guest's tables, which is the function's to do.
        request.ram_bytes = base.ram_bytes;
        request.reset_after = request.kind == EventKind::rehearse;  // from both
        MF_TRY(rehearse(microvm, request));
    }
    MF_TRY(microvm.await_reset());
    std::list<Microvm> one;
    one.push_back(std::move(microvm));
    return one;
}

// The lock is given up meanwhile: whoever wants one must not wait for the making of another.
void ReadyPool::make_one(const std::shared_ptr<Shelf>& shelf) {
    first_taken_ = {};
    mutex_.unlock();
    auto made = unless_out_of_memory([&] { return prepare(shelf->base); });
    mutex_.lock();
    if (!made) {
        shelf->failure = std::move(made).error();
        if (waiting_ == 0) failure_ = shelf->failure;
        shelf->pause = std::clamp(2 * shelf->pause, kFirstPause, kLongestPause);
        shelf->not_before = std::chrono::steady_clock::now() + shelf->pause;
    } else {
        shelf->failure.reset();
        shelf->pause = {};
        shelf->not_before = {};
        if (shelf->lacks_one()) shelf->ready.splice(shelf->ready.end(), *made);
    }
    const auto served = std::find(shelves_.begin(), shelves_.end(), shelf);
    if (served != shelves_.end()) shelves_.splice(shelves_.end(), shelves_, served);
    changed_.notify_all();
}

}  // namespace mayfly::runtime
