// Restartable sequences: glibc registers an area per thread, the kernel sends a preempted sequence to
// its abort handler.
#include <errno.h>
#include <linux/rseq.h>
#include <signal.h>
#include <sys/rseq.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include "cases.h"

using namespace mayfly::tests;

namespace {

struct rseq* area() {
    return reinterpret_cast<struct rseq*>(static_cast<char*>(__builtin_thread_pointer()) + __rseq_offset);
}

volatile sig_atomic_t alarms = 0;
void on_alarm(int) { alarms = alarms + 1; }

// Waits inside a sequence until it is aborted; 1 when the abort handler ran. `limit` ends it otherwise.
int spin_in_sequence(unsigned long limit) {
    int aborted = 0;
    asm volatile(
        ".pushsection __rseq_cs, \"aw\"\n\t"
        ".balign 32\n"
        "3:\t.long 0, 0\n\t"
        ".quad 1f, 2f - 1f, 4f\n\t"
        ".popsection\n\t"
        "lea 3b(%%rip), %%rax\n\t"
        "mov %%rax, %[active]\n"
        "1:\tdec %[limit]\n\t"
        "jnz 1b\n"
        "2:\tjmp 5f\n\t"
        ".byte 0x0f, 0xb9, 0x3d\n\t"  // ud1 with the signature as its displacement, as librseq does
        ".long %c[signature]\n"
        "4:\tmovl $1, %[aborted]\n"
        "5:\n"
        : [active] "+m"(area()->rseq_cs), [limit] "+r"(limit), [aborted] "+m"(aborted)
        : [signature] "i"(RSEQ_SIG)
        : "rax", "memory", "cc");
    return aborted;
}

CASE(area_names_the_cpu) {
    SHOW(__rseq_size > 0);
    SHOW(area()->cpu_id == area()->cpu_id_start);
}

CASE(second_registration_is_refused) {
    OUTCOME(::syscall(SYS_rseq, area(), 32, 0, RSEQ_SIG));
    OUTCOME(::syscall(SYS_rseq, area(), 32, 0, RSEQ_SIG + 1));
    OUTCOME(::syscall(SYS_rseq, area(), 64, 0, RSEQ_SIG));
    OUTCOME(::syscall(SYS_rseq, area(), 32, 2, RSEQ_SIG));
}

CASE(sequence_is_aborted_by_a_signal) {
    struct sigaction action {};
    action.sa_handler = on_alarm;
    EXPECT(::sigaction(SIGALRM, &action, nullptr) == 0);
    const itimerval once{{0, 0}, {0, 20'000}};
    EXPECT(::setitimer(ITIMER_REAL, &once, nullptr) == 0);

    int aborted = 0;
    while (alarms == 0) aborted = spin_in_sequence(2'000'000'000);

    SHOW(aborted);
    SHOW(area()->rseq_cs);
}

CASE(sequence_that_ends_is_not_aborted) {
    int aborted = 1;
    for (int i = 0; i < 100 && aborted != 0; ++i) aborted = spin_in_sequence(10);
    SHOW(aborted);
}

}  // namespace
