// One measured series and what is said about it. Percentiles come from all samples, none is dropped.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mayfly::bench {

// What one invocation used, as its receipt says.
struct Counts {
    double exits = 0;
    double host_faults = 0;
    double page_faults = 0;  // in the guest
    double syscalls = 0;     // in the guest
    double reset_pages = 0;  // of the reset before it
    double private_pages = 0;
    // Microseconds.
    double queue_us = 0;
    double resume_us = 0;
    double run_us = 0;
    double event_taken_us = 0;  // of run_us, as the guest says
    double reply_given_us = 0;
    double reset_us = 0;    // before it, in part while nobody waited
    double cpu_us = 0;      // of the virtual CPU, in the grain of the host's accounting
    double vmm_cpu_us = 0;  // of its process besides, since the event before or its start
};

struct Counter {
    std::string_view name;     // in the JSON rows
    std::string_view heading;  // of the table
    double Counts::*value;
    bool is_time = false;
};

inline constexpr std::array<Counter, 14> kCounters{{
    {"exits", "exits", &Counts::exits},
    {"host_faults", "host faults", &Counts::host_faults},
    {"page_faults", "guest faults", &Counts::page_faults},
    {"syscalls", "syscalls", &Counts::syscalls},
    {"reset_pages", "reset pages", &Counts::reset_pages},
    {"private_pages", "private pages", &Counts::private_pages},
    {"queue_us", "queue", &Counts::queue_us, true},
    {"resume_us", "resume", &Counts::resume_us, true},
    {"run_us", "run", &Counts::run_us, true},
    {"reset_us", "reset before", &Counts::reset_us, true},
    {"event_taken_us", "event taken", &Counts::event_taken_us, true},
    {"reply_given_us", "reply given", &Counts::reply_given_us, true},
    {"cpu_us", "vCPU time", &Counts::cpu_us, true},
    {"vmm_cpu_us", "VMM time", &Counts::vmm_cpu_us, true},
}};

struct Sample {
    double microseconds = 0;
    std::optional<Counts> counts;  // absent where nobody counts, as in peers
};

struct Series {
    std::string name;             // as in the JSON rows
    std::string what;             // a few words for people
    bool is_peer = false;         // not Mayfly: what it is compared with
    bool is_detail = false;       // in the JSON only
    std::vector<double> samples;  // microseconds, in the order they were taken
    std::vector<Counts> counts;   // one a sample, or none at all

    void add(const Sample& sample) {
        samples.push_back(sample.microseconds);
        if (sample.counts) counts.push_back(*sample.counts);
    }
};

struct Percentiles {
    double p50 = 0;
    double p90 = 0;
    double p99 = 0;
    double p999 = 0;
    double max = 0;
};

// By the nearest rank: always a sample that was really taken. All zero without samples.
Percentiles percentiles(std::vector<double> samples);
Percentiles percentiles(const std::vector<Counts>& counts, const Counter& counter);

}  // namespace mayfly::bench
