#include "guest/fs/fd_table.h"

namespace mayfly::guest {

FdTable::Reservation::Reservation(Reservation&& other) noexcept
    : table_(std::exchange(other.table_, nullptr)), fd_(other.fd_) {}

FdTable::Reservation::~Reservation() {
    if (table_ != nullptr) table_->slots_[static_cast<usize>(fd_)].reserved = false;
}

void FdTable::Reservation::install(Ref<File> file, bool close_on_exec) {
    Slot& slot = table_->slots_[static_cast<usize>(fd_)];
    slot.reserved = false;
    slot.file = std::move(file);
    slot.close_on_exec = close_on_exec;
    table_->count_one();
    table_ = nullptr;
}

ErrnoOr<FdTable::Reservation> FdTable::reserve(int from) {
    if (from < 0) return fail(EINVAL);
    if (static_cast<usize>(from) >= limit_) return fail(from == 0 ? EMFILE : EINVAL);  // EINVAL is fcntl(2)'s
    usize fd = static_cast<usize>(from);
    while (fd < slots_.size() && (slots_[fd].file || slots_[fd].reserved)) ++fd;
    if (fd >= limit_) return fail(EMFILE);
    if (fd >= slots_.size()) MF_TRY(slots_.resize(fd + 1));
    slots_[fd].reserved = true;
    return Reservation(*this, static_cast<int>(fd));
}

ErrnoOr<int> FdTable::install(Ref<File> file, bool close_on_exec, int from) {
    auto place = MF_TRY(reserve(from));
    place.install(std::move(file), close_on_exec);
    return place.fd();
}

ErrnoOr<void> FdTable::replace(int fd, Ref<File> file, bool close_on_exec) {
    if (fd < 0 || static_cast<usize>(fd) >= limit_) return fail(EBADF);
    const auto index = static_cast<usize>(fd);
    if (index >= slots_.size()) MF_TRY(slots_.resize(index + 1));
    // The number is being given to an open() that has not returned yet.
    if (slots_[index].reserved) return fail(EBUSY);
    if (!slots_[index].file) count_one();
    std::swap(slots_[index].file, file);
    slots_[index].close_on_exec = close_on_exec;
    return {};
}

ErrnoOr<Ref<File>> FdTable::get(int fd) const {
    const auto index = static_cast<usize>(fd);  // a negative one becomes huge
    if (index >= slots_.size() || !slots_[index].file) return fail(EBADF);
    return slots_[index].file;
}

ErrnoOr<void> FdTable::close(int fd) {
    const auto index = static_cast<usize>(fd);
    if (index >= slots_.size() || !slots_[index].file) return fail(EBADF);
    // Out of the table first: what a file does at its end may look at the table.
    Ref<File> file = std::move(slots_[index].file);
    slots_[index].close_on_exec = false;
    --open_;
    return {};
}

ErrnoOr<bool> FdTable::close_on_exec(int fd) const {
    MF_TRY(get(fd));
    return slots_[static_cast<usize>(fd)].close_on_exec;
}

ErrnoOr<void> FdTable::set_close_on_exec(int fd, bool value) {
    MF_TRY(get(fd));
    slots_[static_cast<usize>(fd)].close_on_exec = value;
    return {};
}

int FdTable::next_open(int from) const {
    for (usize fd = from < 0 ? 0 : static_cast<usize>(from); fd < slots_.size(); ++fd)
        if (slots_[fd].file) return static_cast<int>(fd);
    return -1;
}

}  // namespace mayfly::guest
