#include "guest/ipc/epoll.h"

namespace mayfly::guest {

namespace {

constexpr u32 kAlways = EPOLLERR | EPOLLHUP;
// What stays of a one-shot registration's events once it has fired.
constexpr u32 kBehaviour = EPOLLWAKEUP | EPOLLONESHOT | EPOLLET | EPOLLEXCLUSIVE;

epoll_event with_errors(epoll_event event) {
    event.events |= kAlways;
    return event;
}

}  // namespace

Epoll::~Epoll() {
    for (auto& item : items_)
        if (Epoll* nested = item->nested()) nested->forget_watcher(*this);
}

Epoll::Item* Epoll::find(const File& file, int fd) {
    for (auto& item : items_)
        if (&item->file == &file && item->fd == fd) return item.get();
    return nullptr;
}

void Epoll::drop(Item& item) {
    for (usize i = 0; i < items_.size(); ++i) {
        if (items_[i].get() != &item) continue;
        std::swap(items_[i], items_.back());
        items_.pop_back();
        return;
    }
}

void Epoll::item_woken(Item& item) {
    if ((item.event.events & ~kBehaviour) == 0) return;
    if (!item.ready_node.linked()) ready_items_.push_back(item);
    ready().wake_all();
}

void Epoll::queue_if_ready(Item& item) {
    if (item.found() != 0) item_woken(item);
}

ErrnoOr<void> Epoll::add(File& file, int fd, const epoll_event& event) {
    Epoll* nested = file.kind() == FileKind::epoll ? static_cast<Epoll*>(&file) : nullptr;
    if (nested != nullptr) MF_TRY(check_nesting(*nested));
    if (find(file, fd) != nullptr) return fail(EEXIST);

    auto owned = MF_TRY(make_owned<Item>(*this, file, fd, with_errors(event)));
    Item& item = *owned;
    MF_TRY(items_.push_back(std::move(owned)));
    if (nested != nullptr) {
        if (const auto added = nested->watchers_.push_back(this); !added) {
            items_.pop_back();
            return added;
        }
    }
    file.ready().listen(item);
    queue_if_ready(item);
    return {};
}

ErrnoOr<void> Epoll::modify(File& file, int fd, const epoll_event& event) {
    Item* item = find(file, fd);
    if (item == nullptr) return fail(ENOENT);
    if (item->event.events & EPOLLEXCLUSIVE) return fail(EINVAL);
    item->event = with_errors(event);
    queue_if_ready(*item);
    return {};
}

ErrnoOr<void> Epoll::remove(File& file, int fd) {
    Item* item = find(file, fd);
    if (item == nullptr) return fail(ENOENT);
    if (Epoll* nested = item->nested()) nested->forget_watcher(*this);
    drop(*item);
    return {};
}

ErrnoOr<usize> Epoll::collect(UserPtr<epoll_event> out, usize max) {
    // Level-triggered items go back to the end of the list: the bound keeps this from meeting them twice.
    usize left = 0;
    for (Item* item = ready_items_.front(); item != nullptr; item = ready_items_.next(*item)) ++left;

    usize count = 0;
    for (; left > 0 && count < max; --left) {
        Item& item = *ready_items_.pop_front();
        epoll_event event = item.event;
        event.events = item.found();
        if (event.events == 0) continue;
        if (const auto copied = out.at(count).put(event); !copied) {
            ready_items_.push_front(item);
            if (count == 0) return Unexpected(copied.error());
            break;
        }
        ++count;
        if (item.event.events & EPOLLONESHOT)
            item.event.events &= kBehaviour;
        else if (!(item.event.events & EPOLLET))
            ready_items_.push_back(item);
    }
    return count;
}

u32 Epoll::poll() {
    while (Item* item = ready_items_.front()) {
        if (item->found() != 0) return POLLIN | POLLRDNORM;
        ready_items_.remove(*item);
    }
    return 0;
}

ErrnoOr<void> Epoll::check_nesting(Epoll& other) {
    if (other.reaches(*this)) return fail(ELOOP);
    if (steps_above() + 1 + other.steps_below() > kMaxNesting) return fail(ELOOP);
    return {};
}

// These three end because chains are short and without circles, which check_nesting() has seen to.

bool Epoll::reaches(const Epoll& other) const {
    if (this == &other) return true;
    for (const auto& item : items_)
        if (const Epoll* nested = item->nested(); nested != nullptr && nested->reaches(other)) return true;
    return false;
}

int Epoll::steps_below() const {
    int longest = 0;
    for (const auto& item : items_)
        if (const Epoll* nested = item->nested()) longest = std::max(longest, 1 + nested->steps_below());
    return longest;
}

int Epoll::steps_above() const {
    int longest = 0;
    for (const Epoll* watcher : watchers_) longest = std::max(longest, 1 + watcher->steps_above());
    return longest;
}

void Epoll::forget_watcher(const Epoll& watcher) {
    for (usize i = 0; i < watchers_.size(); ++i) {
        if (watchers_[i] != &watcher) continue;
        watchers_.erase(i);
        return;
    }
}

}  // namespace mayfly::guest
