// Which pages nearly every event of a function writes, learned from its first events in new microVMs: those that were
// private behind both of two. (Where a microVM was kept ready, some of them were before: what rehearsals and loads
// write, which events write as well.) Later microVMs have copies of them before their event comes, as of the snapshot's
// working set (runtime/training.h), which an event of ours made that never calls the handler.
#pragma once

#include <cstdint>
#include <vector>

#include "runtime/mutex.h"

namespace mayfly::runtime {

// For calls from several threads. Page lists are ascending.
class LearnedPages {
public:
    // Whether what an event writes is to be reported.
    bool wants_more() const;
    // What was private behind an event that began in a new microVM; nothing when it was too much to say.
    void note(std::vector<std::uint32_t> written);
    // Adds what was learned, if it was.
    void add_to(std::vector<std::uint32_t>& working_set) const;

private:
    static constexpr int kEvents = 2;

    mutable Mutex mutex_;
    int events_ MF_GUARDED_BY(mutex_) = 0;
    std::vector<std::uint32_t> common_ MF_GUARDED_BY(mutex_);
};

}  // namespace mayfly::runtime
