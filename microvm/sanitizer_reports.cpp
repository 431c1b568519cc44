// For builds with sanitizers: a microVM process has nobody to tell what they found, and can open no file once it is in
// its jail. So its standard error is a file of the build from before main() on, in all that are forked from it too.
#include <fcntl.h>
#include <unistd.h>

namespace {

[[maybe_unused]] const bool kRedirected = [] {
    const int file = ::open(MAYFLY_REPORTS "/microvm", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    const bool redirected = file >= 0 && ::dup2(file, STDERR_FILENO) >= 0;
    if (file >= 0) ::close(file);
    return redirected;
}();

}  // namespace
