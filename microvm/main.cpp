// mayfly-vmm: the process of one microVM. It is started by the library with an empty environment and one
// descriptor, the control socket; all else comes over that socket as descriptors, never as paths.
#include <unistd.h>

#include "embedded/guest_kernel.h"
#include "microvm/channel.h"
#include "microvm/process.h"
#include "microvm/server.h"

int main() {
    using namespace mayfly;
    microvm::become_microvm_process();
    microvm::Channel channel{UniqueFd{microvm::kControlDescriptor}};
    microvm::Server server{std::move(channel), guest_kernel()};
    ::_exit(server.serve() ? 0 : 1);  // the kernel tidies up what a jailed process may not
}
