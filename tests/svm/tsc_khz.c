// Prints the frequency of this machine's time stamp counter in kHz. QEMU's TCG hands the counter on as it
// is, and a kernel under TCG on a busy machine fails to measure it.
#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <x86intrin.h>

static int64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC_RAW, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int main(void) {
    const int64_t begin_ns = now_ns();
    const uint64_t begin = __rdtsc();
    const struct timespec wait = {0, 200000000};
    nanosleep(&wait, NULL);
    const uint64_t ticks = __rdtsc() - begin;
    const int64_t passed_ns = now_ns() - begin_ns;
    printf("%.0f\n", (double)ticks * 1e6 / (double)passed_ns);
    return 0;
}
