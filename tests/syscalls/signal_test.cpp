// Signals: handlers, masks, alternate stacks, waiting, queues, restarts.
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <string>
#include <vector>

#include "cases.h"

using namespace mayfly::tests;

namespace {

std::vector<int> order;  // signals in the order their handlers began
volatile sig_atomic_t count = 0;
siginfo_t last;

void note(int signal) {
    order.push_back(signal);
    count = count + 1;
}

void note_info(int, siginfo_t* info, void*) {
    last = *info;
    count = count + 1;
}

void handle(int signal, void (*handler)(int), int flags = 0, std::vector<int> blocked = {}) {
    struct sigaction action {};
    action.sa_handler = handler;
    action.sa_flags = flags;
    ::sigemptyset(&action.sa_mask);
    for (const int one : blocked) ::sigaddset(&action.sa_mask, one);
    EXPECT(::sigaction(signal, &action, nullptr) == 0);
    order.clear();
    count = 0;
}

void handle_info(int signal, int flags = 0) {
    struct sigaction action {};
    action.sa_sigaction = note_info;
    action.sa_flags = SA_SIGINFO | flags;
    EXPECT(::sigaction(signal, &action, nullptr) == 0);
    count = 0;
}

sigset_t set_of(std::vector<int> signals) {
    sigset_t set;
    ::sigemptyset(&set);
    for (const int signal : signals) ::sigaddset(&set, signal);
    return set;
}

void block(std::vector<int> signals) {
    const sigset_t set = set_of(std::move(signals));
    EXPECT(::pthread_sigmask(SIG_BLOCK, &set, nullptr) == 0);
}
void unblock(std::vector<int> signals) {
    const sigset_t set = set_of(std::move(signals));
    EXPECT(::pthread_sigmask(SIG_UNBLOCK, &set, nullptr) == 0);
}

bool is_pending(int signal) {
    sigset_t set;
    return ::sigpending(&set) == 0 && ::sigismember(&set, signal) == 1;
}

std::string in_order() {
    std::string text;
    for (const int signal : order) text += (text.empty() ? "" : " ") + std::to_string(signal);
    return text;
}

void pause_ms(long milliseconds) {
    const timespec time{milliseconds / 1000, milliseconds % 1000 * 1'000'000};
    ::nanosleep(&time, nullptr);
}

// Sends `signal` to this thread after 20 ms, from another one.
pthread_t signal_soon(int signal) {
    struct Order {
        pthread_t thread;
        int signal;
    };
    auto* sent = new Order{::pthread_self(), signal};
    pthread_t thread;
    EXPECT(::pthread_create(
               &thread, nullptr,
               [](void* argument) -> void* {
                   const Order given = *static_cast<Order*>(argument);
                   delete static_cast<Order*>(argument);
                   pause_ms(20);
                   ::pthread_kill(given.thread, given.signal);
                   return nullptr;
               },
               sent) == 0);
    return thread;
}

}  // namespace

CASE(raise_runs_the_handler_before_it_returns) {
    handle(SIGUSR1, note);
    SHOW(::raise(SIGUSR1));
    SHOW(in_order());
}

CASE(kill_to_oneself) {
    handle(SIGUSR2, note);
    OUTCOME(::kill(::getpid(), SIGUSR2));
    SHOW(in_order());
    OUTCOME(::kill(::getpid(), 0));
    OUTCOME(::kill(::getpid(), 65));
    OUTCOME(::kill(::getpid(), -1));
    OUTCOME(::kill(999'999'999, 0));
}

CASE(tgkill_arguments) {
    handle(SIGUSR1, note);
    OUTCOME(::syscall(SYS_tgkill, ::getpid(), ::gettid(), SIGUSR1));
    SHOW(in_order());
    OUTCOME(::syscall(SYS_tgkill, ::getpid(), 999'999'999, SIGUSR1));
    OUTCOME(::syscall(SYS_tgkill, -1, ::gettid(), SIGUSR1));
    OUTCOME(::syscall(SYS_tgkill, ::getpid(), ::gettid(), 99));
    OUTCOME(::syscall(SYS_tkill, ::gettid(), 0));
}

CASE(siginfo_of_kill_and_of_tgkill) {
    handle_info(SIGUSR1);
    EXPECT(::kill(::getpid(), SIGUSR1) == 0);
    SHOW(last.si_code == SI_USER);
    SHOW(last.si_pid == ::getpid());
    SHOW(last.si_uid == ::getuid());
    EXPECT(::pthread_kill(::pthread_self(), SIGUSR1) == 0);
    SHOW(last.si_code == SI_TKILL);
    SHOW(last.si_signo);
}

CASE(sigqueue_carries_a_value) {
    handle_info(SIGRTMIN);
    sigval value{};
    value.sival_int = 4711;
    OUTCOME(::sigqueue(::getpid(), SIGRTMIN, value));
    SHOW(last.si_code == SI_QUEUE);
    SHOW(last.si_value.sival_int);
}

CASE(blocked_signals_wait) {
    handle(SIGUSR1, note);
    block({SIGUSR1});
    EXPECT(::raise(SIGUSR1) == 0);
    EXPECT(::raise(SIGUSR1) == 0);
    SHOW(count);
    SHOW(is_pending(SIGUSR1));
    unblock({SIGUSR1});
    SHOW(count);
    SHOW(is_pending(SIGUSR1));
}

CASE(real_time_signals_queue_and_keep_their_order) {
    static std::string values;
    values.clear();
    struct sigaction action {};
    action.sa_sigaction = [](int, siginfo_t* info, void*) { values += std::to_string(info->si_value.sival_int) + " "; };
    action.sa_flags = SA_SIGINFO;
    action.sa_mask = set_of({SIGRTMIN, SIGRTMIN + 1});
    ::sigaction(SIGRTMIN, &action, nullptr);
    ::sigaction(SIGRTMIN + 1, &action, nullptr);
    block({SIGRTMIN, SIGRTMIN + 1});
    for (int i = 0; i < 3; ++i) {
        sigval value{};
        value.sival_int = 10 + i;
        EXPECT(::sigqueue(::getpid(), SIGRTMIN + 1, value) == 0);
        value.sival_int = i;
        EXPECT(::sigqueue(::getpid(), SIGRTMIN, value) == 0);
    }
    unblock({SIGRTMIN, SIGRTMIN + 1});
    SHOW(values);
}

CASE(signals_of_the_mask_wait_until_the_handler_ends) {
    static int rounds;
    rounds = 0;
    handle(SIGUSR2, note);
    handle(SIGUSR1,
           [](int signal) {
               note(signal);
               if (++rounds > 1) return;
               ::raise(SIGUSR2);  // in sa_mask
               ::raise(SIGUSR1);  // blocked in its own handler
               note(SIGCHLD);
           },
           0, {SIGUSR2});
    EXPECT(::raise(SIGUSR1) == 0);
    SHOW(order.size());
    SHOW(order.size() > 1 && order[0] == SIGUSR1 && order[1] == SIGCHLD);
}

CASE(nodefer_lets_a_handler_interrupt_itself) {
    static int depth, deepest;
    depth = deepest = 0;
    handle(
        SIGUSR1,
        [](int) {
            ++depth;
            deepest = depth > deepest ? depth : deepest;
            if (deepest < 5) ::raise(SIGUSR1);
            --depth;
        },
        SA_NODEFER);
    EXPECT(::raise(SIGUSR1) == 0);
    SHOW(deepest);
}

CASE(resethand_restores_the_default) {
    handle(SIGUSR1, note, static_cast<int>(SA_RESETHAND));
    EXPECT(::raise(SIGUSR1) == 0);
    struct sigaction now {};
    OUTCOME(::sigaction(SIGUSR1, nullptr, &now));
    SHOW(now.sa_handler == SIG_DFL);
    SHOW(count);
}

CASE(ignored_signals_vanish) {
    handle(SIGUSR1, SIG_IGN);
    block({SIGUSR1});
    EXPECT(::raise(SIGUSR1) == 0);
    unblock({SIGUSR1});
    handle(SIGUSR1, note);
    SHOW(count);
    EXPECT(::raise(SIGCHLD) == 0);
    EXPECT(::raise(SIGURG) == 0);
    EXPECT(::raise(SIGWINCH) == 0);
}

CASE(setting_ignore_drops_a_pending_signal) {
    handle(SIGUSR1, note);
    block({SIGUSR1});
    EXPECT(::raise(SIGUSR1) == 0);
    ::signal(SIGUSR1, SIG_IGN);
    SHOW(is_pending(SIGUSR1));
    handle(SIGUSR1, note);
    unblock({SIGUSR1});
    SHOW(count);
}

CASE(sigaction_arguments) {
    struct sigaction action {};
    action.sa_handler = note;
    OUTCOME(::sigaction(SIGKILL, &action, nullptr));
    OUTCOME(::sigaction(SIGSTOP, &action, nullptr));
    OUTCOME(::sigaction(SIGKILL, nullptr, &action));
    OUTCOME(::sigaction(0, nullptr, &action));
    OUTCOME(::sigaction(65, nullptr, &action));
    OUTCOME(::syscall(SYS_rt_sigaction, SIGUSR1, nullptr, nullptr, 4));
    OUTCOME(::syscall(SYS_rt_sigaction, SIGUSR1, kKernelAddress, nullptr, 8));
}

CASE(sigaction_tells_what_was_set) {
    handle(SIGUSR1, note, SA_RESTART | SA_ONSTACK, {SIGUSR2, SIGHUP});
    struct sigaction old {};
    EXPECT(::sigaction(SIGUSR1, nullptr, &old) == 0);
    SHOW(old.sa_handler == note);
    SHOW((old.sa_flags & (SA_RESTART | SA_ONSTACK | SA_NODEFER)) == (SA_RESTART | SA_ONSTACK));
    SHOW(::sigismember(&old.sa_mask, SIGUSR2));
    SHOW(::sigismember(&old.sa_mask, SIGINT));
}

CASE(kill_and_stop_can_not_be_blocked) {
    block({SIGKILL, SIGSTOP, SIGUSR1});
    sigset_t now;
    EXPECT(::pthread_sigmask(SIG_SETMASK, nullptr, &now) == 0);
    SHOW(::sigismember(&now, SIGKILL));
    SHOW(::sigismember(&now, SIGSTOP));
    SHOW(::sigismember(&now, SIGUSR1));
    unblock({SIGUSR1});
}

CASE(sigprocmask_arguments) {
    sigset_t set = set_of({SIGUSR1});
    OUTCOME(::syscall(SYS_rt_sigprocmask, 99, &set, nullptr, 8));
    OUTCOME(::syscall(SYS_rt_sigprocmask, SIG_BLOCK, &set, nullptr, 4));
    OUTCOME(::syscall(SYS_rt_sigprocmask, SIG_BLOCK, kUnmapped, nullptr, 8));
    OUTCOME(::syscall(SYS_rt_sigprocmask, SIG_BLOCK, kKernelAddress, nullptr, 8));
    OUTCOME(::syscall(SYS_rt_sigpending, kKernelAddress, 8));
}

CASE(masks_are_per_thread_and_inherited) {
    block({SIGUSR1});
    static bool inherited, own;
    pthread_t thread;
    ::pthread_create(
        &thread, nullptr,
        [](void*) -> void* {
            sigset_t now;
            ::pthread_sigmask(SIG_SETMASK, nullptr, &now);
            inherited = ::sigismember(&now, SIGUSR1) == 1;
            block({SIGUSR2});
            return nullptr;
        },
        nullptr);
    ::pthread_join(thread, nullptr);
    sigset_t now;
    ::pthread_sigmask(SIG_SETMASK, nullptr, &now);
    own = ::sigismember(&now, SIGUSR2) == 0;
    SHOW(inherited);
    SHOW(own);
    unblock({SIGUSR1});
}

CASE(a_process_signal_goes_to_a_thread_that_does_not_block_it) {
    static std::atomic<pid_t> taker;
    static std::atomic<bool> ready, done;
    taker = 0;
    ready = done = false;
    handle(SIGUSR1, [](int) { taker = ::gettid(); });
    block({SIGUSR1});
    pthread_t thread;
    ::pthread_create(
        &thread, nullptr,
        [](void*) -> void* {
            unblock({SIGUSR1});
            ready = true;
            while (taker == 0) pause_ms(1);
            return reinterpret_cast<void*>(static_cast<std::intptr_t>(::gettid()));
        },
        nullptr);
    while (!ready) pause_ms(1);
    EXPECT(::kill(::getpid(), SIGUSR1) == 0);
    void* tid = nullptr;
    ::pthread_join(thread, &tid);
    SHOW(taker == static_cast<pid_t>(reinterpret_cast<std::intptr_t>(tid)));
    unblock({SIGUSR1});
}

CASE(a_computing_thread_is_interrupted) {
    handle(SIGUSR1, note);
    const pthread_t sender = signal_soon(SIGUSR1);
    while (count == 0) asm volatile("");
    ::pthread_join(sender, nullptr);
    SHOW(in_order());
}

CASE(sleep_is_interrupted_and_tells_the_rest) {
    handle(SIGUSR1, note);
    const pthread_t sender = signal_soon(SIGUSR1);
    const timespec time{5, 0};
    timespec rest{};
    OUTCOME(::nanosleep(&time, &rest));
    SHOW(rest.tv_sec);
    ::pthread_join(sender, nullptr);
    handle(SIGUSR1, note, SA_RESTART);
    const pthread_t again = signal_soon(SIGUSR1);
    OUTCOME(::nanosleep(&time, &rest));
    ::pthread_join(again, nullptr);
}

CASE(read_of_a_pipe_is_interrupted_or_restarted) {
    int ends[2];
    EXPECT(::pipe(ends) == 0);
    handle(SIGUSR1, note);
    pthread_t sender = signal_soon(SIGUSR1);
    char byte = 0;
    OUTCOME(::read(ends[0], &byte, 1));
    ::pthread_join(sender, nullptr);

    static int writing;
    writing = ends[1];
    handle(
        SIGUSR1, [](int) { SHOW(::write(writing, "x", 1)); }, SA_RESTART);
    sender = signal_soon(SIGUSR1);
    OUTCOME(::read(ends[0], &byte, 1));
    SHOW(byte);
    ::pthread_join(sender, nullptr);
}

CASE(pause_and_sigsuspend) {
    handle(SIGUSR1, note);
    pthread_t sender = signal_soon(SIGUSR1);
    OUTCOME(::pause());
    ::pthread_join(sender, nullptr);
    block({SIGUSR1});
    EXPECT(::raise(SIGUSR1) == 0);
    const sigset_t none = set_of({});
    OUTCOME(::sigsuspend(&none));
    SHOW(count);
    sigset_t now;
    ::pthread_sigmask(SIG_SETMASK, nullptr, &now);
    SHOW(::sigismember(&now, SIGUSR1));
    unblock({SIGUSR1});
}

CASE(sigwait_takes_a_pending_signal) {
    handle_info(SIGUSR1);
    block({SIGUSR1, SIGRTMIN});
    const sigset_t set = set_of({SIGUSR1, SIGRTMIN});
    EXPECT(::raise(SIGUSR1) == 0);
    siginfo_t info{};
    SHOW(::sigwaitinfo(&set, &info) == SIGUSR1);
    SHOW(info.si_signo);
    SHOW(count);
    const timespec none{0, 0}, little{0, 20'000'000}, bad{0, -1};
    OUTCOME(::sigtimedwait(&set, &info, &none));
    OUTCOME(::sigtimedwait(&set, &info, &little));
    OUTCOME(::sigtimedwait(&set, &info, &bad));
    const pthread_t sender = signal_soon(SIGRTMIN);
    SHOW(::sigtimedwait(&set, &info, nullptr) == SIGRTMIN);
    ::pthread_join(sender, nullptr);
    unblock({SIGUSR1, SIGRTMIN});
}

CASE(alternate_stack) {
    static char* stack;
    static bool on_it;
    stack = static_cast<char*>(::mmap(nullptr, 64 << 10, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    stack_t alternate{};
    alternate.ss_sp = stack;
    alternate.ss_size = 64 << 10;
    OUTCOME(::sigaltstack(&alternate, nullptr));
    struct sigaction action {};
    action.sa_handler = [](int) {
        char here = 0;
        char* address = &here;
        asm volatile("" : "+r"(address));
        stack_t now{};
        ::sigaltstack(nullptr, &now);
        on_it = address > stack && address < stack + (64 << 10) && (now.ss_flags & SS_ONSTACK) != 0;
        OUTCOME(::sigaltstack(&now, nullptr));
    };
    action.sa_flags = SA_ONSTACK;
    ::sigaction(SIGUSR1, &action, nullptr);
    EXPECT(::raise(SIGUSR1) == 0);
    SHOW(on_it);
    stack_t now{};
    OUTCOME(::sigaltstack(nullptr, &now));
    SHOW(now.ss_sp == stack && now.ss_size == 64 << 10 && now.ss_flags == 0);
    alternate.ss_size = 100;
    OUTCOME(::sigaltstack(&alternate, nullptr));
    alternate.ss_flags = SS_DISABLE;
    OUTCOME(::sigaltstack(&alternate, nullptr));
    OUTCOME(::sigaltstack(nullptr, &now));
    SHOW(now.ss_flags);
}

CASE(a_handler_that_jumps_out) {
    static sigjmp_buf place;
    handle(SIGUSR1, [](int) { siglongjmp(place, 7); });
    volatile int rounds = 0;
    const int value = sigsetjmp(place, 1);
    if (value == 0 || rounds < 100) {
        rounds = rounds + 1;
        ::raise(SIGUSR1);
    }
    SHOW(value);
    SHOW(rounds);
    sigset_t now;
    ::pthread_sigmask(SIG_SETMASK, nullptr, &now);
    SHOW(::sigismember(&now, SIGUSR1));
}

CASE(handlers_nest_through_different_signals) {
    handle(SIGHUP, note);
    handle(SIGUSR2, [](int signal) {
        note(signal);
        ::raise(SIGHUP);
    });
    handle(SIGUSR1, [](int signal) {
        note(signal);
        ::raise(SIGUSR2);
        note(SIGCHLD);
    });
    EXPECT(::raise(SIGUSR1) == 0);
    SHOW(in_order());
}

CASE(thousands_of_signals) {
    handle(SIGUSR1, [](int) { count = count + 1; });
    for (int i = 0; i < 20'000; ++i) ::syscall(SYS_tgkill, ::getpid(), ::gettid(), SIGUSR1);
    SHOW(count);
}
