// A microVM process as its parent sees it. The server is in its jail, as always: in a process that a zygote, which is a
// fork of the test, has forked.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "abi/layout.h"
#include "base/mapping.h"
#include "base/unique_fd.h"
#include "microvm/channel.h"
#include "microvm/control.pb.h"

namespace mayfly::test {

class MicroVmServer {
public:
    explicit MicroVmServer(const std::string& guest);
    ~MicroVmServer();
    MicroVmServer(const MicroVmServer&) = delete;
    MicroVmServer& operator=(const MicroVmServer&) = delete;

    control::Response ask(const control::Request& request, std::vector<int> descriptors = {});
    control::Response next();
    // descriptors beyond /dev/kvm and the exchange area
    control::Response start(const control::Request& request, const std::vector<int>& more = {});
    control::Response run(control::EventKind event, bool reset_after = false);
    std::uint64_t reply_word(std::size_t index) const;
    static UniqueFd new_file();

private:
    [[noreturn]] void serve(microvm::Channel socket) const;

    std::vector<char> elf_;
    UniqueFd exchange_;
    Mapping view_;
    std::optional<microvm::Channel> parent_;
    pid_t zygote_ = 0;
    pid_t process_ = 0;
};

struct Snapshot {
    UniqueFd memory;
    control::Captured state;
};

// A Start of 32 MiB that boots and may be captured.
control::Request cold_start();
// Of tests/guests/<guest>.S, where it first waits.
Snapshot capture_waiting(const std::string& guest);
control::Request start_from(const Snapshot& snapshot);

}  // namespace mayfly::test
