// How a program ends, and what is seen of it.
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "cases.h"

using namespace mayfly::tests;

namespace {

void pause_ms(long milliseconds) {
    const timespec time{milliseconds / 1000, milliseconds % 1000 * 1'000'000};
    ::nanosleep(&time, nullptr);
}

void start(void* (*body)(void*)) {
    pthread_t thread;
    EXPECT(::pthread_create(&thread, nullptr, body, nullptr) == 0);
}

}  // namespace

CASE(standard_descriptors_are_open) {
    SHOW(::isatty(1) == 0 || ::isatty(1) == 1);
    SHOW(::write(2, "", 0));
    char byte;
    SHOW(::read(0, &byte, 1));
}

DEATH_CASE(exit_with_a_status) { ::exit(7); }
DEATH_CASE(exit_status_is_one_byte) { ::exit(256 + 9); }
DEATH_CASE(exit_runs_atexit) {
    ::atexit([] { SHOW("first registered"); });
    ::atexit([] { SHOW("last registered"); });
    ::exit(3);
}
DEATH_CASE(underscore_exit_does_not) {
    ::atexit([] { SHOW("never"); });
    ::_exit(4);
}
DEATH_CASE(exit_of_the_whole_group_from_a_thread) {
    start([](void*) -> void* {
        pause_ms(20);
        ::_exit(5);
    });
    for (;;) ::pause();
}
DEATH_CASE(main_thread_ends_first) {
    start([](void*) -> void* {
        pause_ms(50);
        SHOW("the other thread goes on");
        ::exit(6);
    });
    ::pthread_exit(nullptr);
}
DEATH_CASE(last_thread_ends_with_zero) {
    start([](void*) -> void* {
        pause_ms(20);
        return nullptr;
    });
    ::pthread_exit(nullptr);
}
DEATH_CASE(exit_while_threads_compute) {
    for (int i = 0; i < 3; ++i)
        start([](void*) -> void* {
            for (;;) asm volatile("");
            return nullptr;
        });
    pause_ms(30);
    ::exit(8);
}
DEATH_CASE(abort_ends_with_its_signal) { ::abort(); }
DEATH_CASE(abort_with_a_handler_that_returns) {
    ::signal(SIGABRT, [](int) { SHOW("handler"); });
    ::abort();
}
DEATH_CASE(killed_by_sigkill) {
    ::kill(::getpid(), SIGKILL);
    SHOW("never");
}
DEATH_CASE(killed_by_sigterm) { ::raise(SIGTERM); }
DEATH_CASE(killed_by_sigpipe) {
    int ends[2];
    EXPECT(::pipe(ends) == 0);
    ::close(ends[0]);
    SHOW(::write(ends[1], "x", 1));
}
DEATH_CASE(killed_by_sigalrm) {
    ::alarm(1);
    for (;;) ::pause();
}
DEATH_CASE(killed_by_a_real_time_signal) { ::raise(SIGRTMIN + 3); }
DEATH_CASE(killed_while_other_threads_sleep) {
    start([](void*) -> void* {
        pause_ms(100'000);
        return nullptr;
    });
    pause_ms(10);
    ::raise(SIGUSR1);
}
