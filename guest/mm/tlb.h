// Collects the addresses whose translations must be forgotten and flushes once, the cheaper way.
#pragma once

#include "guest/arch/cpu.h"

namespace mayfly::guest {

class TlbBatch {
public:
    ~TlbBatch() { flush(); }
    void add(u64 address) {
        if (count_ < kMostSingle) addresses_[count_] = address;
        ++count_;
    }
    void flush() {
        if (count_ > kMostSingle)
            flush_all_pages();
        else
            for (unsigned i = 0; i < count_; ++i) flush_page(addresses_[i]);
        count_ = 0;
    }

private:
    // Measured on PVM: 23 us a page against 86 us for all, each with what must be faulted in again.
    static constexpr unsigned kMostSingle = 3;
    u64 addresses_[kMostSingle];
    unsigned count_ = 0;
};

}  // namespace mayfly::guest
