// A process's file descriptors.
#pragma once

#include "guest/fs/file.h"
#include "guest/lib/vector.h"

namespace mayfly::guest {

class FdTable {
public:
    static constexpr usize kLimit = 1024;  // RLIMIT_NOFILE, hard

    // A descriptor number set aside: given back unless install() is called.
    class Reservation {
    public:
        Reservation(Reservation&& other) noexcept;
        Reservation& operator=(Reservation&&) = delete;
        ~Reservation();
        int fd() const { return fd_; }
        void install(Ref<File> file, bool close_on_exec);

    private:
        friend class FdTable;
        Reservation(FdTable& table, int fd) : table_(&table), fd_(fd) {}
        FdTable* table_;
        int fd_;
    };

    // RLIMIT_NOFILE, soft: numbers from there on are not given out; open ones stay open.
    void set_limit(u64 limit) { limit_ = limit < kLimit ? limit : kLimit; }

    // The lowest free number that is not below `from`, else EMFILE.
    ErrnoOr<Reservation> reserve(int from = 0);
    // reserve + install.
    ErrnoOr<int> install(Ref<File> file, bool close_on_exec, int from = 0);
    // Puts file at exactly fd, closing what was there (dup2).
    ErrnoOr<void> replace(int fd, Ref<File> file, bool close_on_exec);
    ErrnoOr<Ref<File>> get(int fd) const;  // EBADF
    ErrnoOr<void> close(int fd);
    ErrnoOr<bool> close_on_exec(int fd) const;
    ErrnoOr<void> set_close_on_exec(int fd, bool value);
    // The lowest open descriptor >= from, or -1: for /proc/self/fd and close_range.
    int next_open(int from) const;
    // The most that were open at once.
    usize peak() const { return most_open_; }

private:
    struct Slot {
        Ref<File> file;
        bool reserved = false;
        bool close_on_exec = false;
    };
    void count_one() {
        if (++open_ > most_open_) most_open_ = open_;
    }

    Vector<Slot> slots_;
    usize limit_ = kLimit;
    usize open_ = 0;
    usize most_open_ = 0;
};

}  // namespace mayfly::guest
