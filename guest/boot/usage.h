// What the host is told of the guest's use of its limits, for the receipt.
#pragma once

namespace mayfly::guest {

// Into the mailbox, before a doorbell that ends a run.
void report_usage();

}  // namespace mayfly::guest
