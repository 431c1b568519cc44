#include "runtime/learned_pages.h"

#include <algorithm>
#include <iterator>

namespace mayfly::runtime {

using Pages = std::vector<std::uint32_t>;

bool LearnedPages::wants_more() const {
    const MutexLock lock(mutex_);
    return events_ < kEvents;
}

void LearnedPages::note(Pages written) {
    const MutexLock lock(mutex_);
    if (written.empty() || events_ >= kEvents) return;
    if (events_ == 0) {
        common_ = std::move(written);
    } else {
        Pages both;
        std::set_intersection(common_.begin(), common_.end(), written.begin(), written.end(), std::back_inserter(both));
        common_ = std::move(both);
    }
    ++events_;
}

void LearnedPages::add_to(Pages& working_set) const {
    const MutexLock lock(mutex_);
    if (events_ < kEvents) return;
    Pages all;
    std::set_union(working_set.begin(), working_set.end(), common_.begin(), common_.end(), std::back_inserter(all));
    working_set = std::move(all);
}

}  // namespace mayfly::runtime
