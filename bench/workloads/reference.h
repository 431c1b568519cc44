// A workload in a warm Python on the host: its events, the replies they must have, and the native time.
#pragma once

#include <cstddef>
#include <string>

#include "base/error.h"
#include "bench/peers/process.h"

namespace mayfly::bench {

class Reference {
public:
    // size: what the events are made for; 0: the workload has one size only.
    static Result<Reference> start(const std::string& python, const std::string& source, std::size_t size);

    Result<std::string> make_event(unsigned seed);

    struct Run {
        double total_us = 0;    // from the event's text to the reply's
        double handler_us = 0;  // the handler alone
        std::string reply;
    };
    Result<Run> run(const std::string& event);

private:
    explicit Reference(Peer process) : process_(std::move(process)) {}

    Peer process_;
};

}  // namespace mayfly::bench
