#include "runtime/ready_pool.h"

#include <algorithm>
#include <system_error>

#include "runtime/out_of_memory.h"
#include "runtime/rehearsal.h"

namespace mayfly::runtime {
namespace {

// Longer than most events of a new microVM take.
constexpr std::chrono::milliseconds kRest{5};
constexpr std::chrono::milliseconds kLongestRest{25};

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

Result<void> ReadyPool::keep(ReadyBase base, std::size_t count) {
    const MutexLock lock(mutex_);
    MF_TRY(start_thread());
    auto shelf = std::find_if(shelves_.begin(), shelves_.end(),
                              [&](const Shelf& other) { return other.fits(base.digest, base.plan.ram_bytes); });
    if (shelf == shelves_.end()) shelf = shelves_.insert(shelf, Shelf{std::move(base), 0, {}, {}});
    shelf->wanted = count;
    shelf->failure.reset();
    while (shelf->ready.size() > count) shelf->ready.pop_back();
    changed_.notify_all();
    ++waiting_;
    while (shelf->lacks_one() && !is_closing_) changed_.wait(mutex_);
    --waiting_;
    if (shelf->failure) return Unexpected(*shelf->failure);
    return {};
}

std::optional<Microvm> ReadyPool::take(const MicrovmPlan& plan) {
    const MutexLock lock(mutex_);
    for (Shelf& shelf : shelves_) {
        if (!plan.base || !shelf.fits(*plan.base, plan.ram_bytes)) continue;
        while (!shelf.ready.empty()) {
            Microvm microvm = std::move(shelf.ready.front());
            shelf.ready.pop_front();
            last_taken_ = std::chrono::steady_clock::now();
            if (first_taken_ == Time{}) first_taken_ = last_taken_;
            changed_.notify_all();
            if (!microvm.has_ended()) return microvm;
        }
    }
    return std::nullopt;
}

void ReadyPool::serve() {
    mutex_.lock();
    while (!is_closing_) {
        Shelf* shelf = shelf_that_lacks_one();
        if (shelf == nullptr)
            changed_.wait(mutex_);
        else if (const Time end = rest_ends(); std::chrono::steady_clock::now() < end)
            changed_.wait_until(mutex_, end);
        else
            make_one(*shelf);
    }
    mutex_.unlock();
}

// Who waits for one has no event that could be disturbed.
ReadyPool::Time ReadyPool::rest_ends() const {
    if (waiting_ > 0 || first_taken_ == Time{}) return {};
    return std::min(last_taken_ + kRest, first_taken_ + kLongestRest);
}

ReadyPool::Shelf* ReadyPool::shelf_that_lacks_one() {
    const auto shelf = std::find_if(shelves_.begin(), shelves_.end(), [](const Shelf& s) { return s.lacks_one(); });
    return shelf == shelves_.end() ? nullptr : &*shelf;
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
void ReadyPool::make_one(Shelf& shelf) {
    const ReadyBase& base = shelf.base;
    first_taken_ = {};
    mutex_.unlock();
    auto made = unless_out_of_memory([&] { return prepare(base); });
    mutex_.lock();
    if (!made)
        shelf.failure = std::move(made).error();
    else if (shelf.ready.size() < shelf.wanted)
        shelf.ready.splice(shelf.ready.end(), *made);
    changed_.notify_all();
}

}  // namespace mayfly::runtime
