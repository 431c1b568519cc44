#include <new>

#include "guest/lib/heap.h"
#include "guest/signal/signal_state.h"

namespace mayfly::guest {
namespace {

// Raised by the instruction the thread stands at, so they come first (signal(7)).
constexpr SignalMask kFaults = SignalMask::of(SIGSEGV) | SignalMask::of(SIGBUS) | SignalMask::of(SIGILL) |
                               SignalMask::of(SIGTRAP) | SignalMask::of(SIGFPE) | SignalMask::of(SIGSYS);

}  // namespace

bool PendingSignals::add(const siginfo_t& info) {
    const int signal = info.si_signo;
    const bool queues = signal >= kFirstRealTimeSignal;
    if (!queues && set_.has(signal)) return true;

    void* block = count_ < kLimit ? heap_allocate(sizeof(Entry)) : nullptr;
    if (block == nullptr) {
        if (queues) return false;
        set_.add(signal);
        return false;
    }
    auto* entry = ::new (block) Entry;
    entry->info = info;
    entries_.push_back(*entry);
    ++count_;
    set_.add(signal);
    return true;
}

bool PendingSignals::take(SignalMask wanted, siginfo_t& info) {
    const SignalMask candidates = set_ & wanted;
    if (candidates.empty()) return false;
    const SignalMask faults = candidates & kFaults;
    const int signal = (faults.empty() ? candidates : faults).lowest();

    Entry* first = nullptr;
    bool more = false;
    for (Entry* entry = entries_.front(); entry != nullptr; entry = entries_.next(*entry)) {
        if (entry->info.si_signo != signal) continue;
        if (first != nullptr) more = true;
        if (first == nullptr) first = entry;
    }
    if (!more) set_.remove(signal);
    if (first == nullptr) {  // its siginfo was lost
        info = {};
        info.si_signo = signal;
        info.si_code = SI_USER;
        return true;
    }
    info = first->info;
    remove(*first);
    return true;
}

void PendingSignals::discard(SignalMask signals) {
    set_ = set_.without(signals);
    for (Entry* entry = entries_.front(); entry != nullptr;) {
        Entry* next = entries_.next(*entry);
        if (signals.has(entry->info.si_signo)) remove(*entry);
        entry = next;
    }
}

void PendingSignals::remove(Entry& entry) {
    entries_.remove(entry);
    --count_;
    entry.~Entry();
    heap_free(&entry);
}

}  // namespace mayfly::guest
