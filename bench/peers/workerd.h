// The peer with another wall: a V8 isolate in workerd, asked over HTTP on a Unix socket.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "base/unique_fd.h"
#include "bench/lab/temporary_folder.h"
#include "bench/peers/process.h"

namespace mayfly::bench {

class Workerd {
public:
    // path: of the program, as npm installs it. Ready to be asked when this returns.
    static Result<Workerd> start(const std::string& path, const TemporaryFolder& folder);

    // Microseconds from the request to the whole reply, which must hold this text.
    Result<double> ask(std::string_view event, std::string_view expected);

private:
    Workerd(Daemon process, UniqueFd connection) : process_(std::move(process)), connection_(std::move(connection)) {}

    Daemon process_;
    UniqueFd connection_;
};

}  // namespace mayfly::bench
