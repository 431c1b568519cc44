// epoll(7).
#pragma once

#include <linux/eventpoll.h>

#include "guest/fs/file.h"
#include "guest/lib/list.h"
#include "guest/lib/vector.h"

namespace mayfly::guest {

class Epoll final : public File {
public:
    static constexpr int kMaxNesting = 5;  // steps in a chain of instances watching instances

    Epoll() : File(O_RDWR) {}
    ~Epoll() override;

    ErrnoOr<void> add(File& file, int fd, const epoll_event& event);     // EEXIST, ELOOP
    ErrnoOr<void> modify(File& file, int fd, const epoll_event& event);  // ENOENT
    ErrnoOr<void> remove(File& file, int fd);                            // ENOENT
    // Copies out what is ready, at most max events; the number of them.
    ErrnoOr<usize> collect(UserPtr<epoll_event> out, usize max);

    ErrnoOr<i64> seek(i64, int) override { return 0; }  // no position, and no error, as on Linux
    u32 poll() override;
    FileKind kind() const override { return FileKind::epoll; }
    ErrnoOr<String> name() const override { return String::of("anon_inode:[eventpoll]"); }

private:
    // One registration. It lies on its file's queue, and on the ready list from a wake-up until
    // somebody looked and found the file not ready. It does not keep its file alive: a file whose last
    // descriptor is closed takes its registrations along.
    struct Item final : WaitListener {
        Item(Epoll& epoll, File& watched, int number, const epoll_event& wanted)
            : owner(epoll), file(watched), fd(number), event(wanted) {}
        void on_wake() override { owner.item_woken(*this); }
        void on_queue_destroyed() override { owner.drop(*this); }
        Epoll* nested() const { return file.kind() == FileKind::epoll ? static_cast<Epoll*>(&file) : nullptr; }
        u32 found() const { return file.poll() & event.events; }

        Epoll& owner;
        File& file;
        int fd;
        epoll_event event;
        ListNode ready_node;
    };

    Item* find(const File& file, int fd);
    void drop(Item& item);
    void item_woken(Item& item);
    void queue_if_ready(Item& item);
    // ELOOP when watching `other` would close a circle or make too long a chain.
    ErrnoOr<void> check_nesting(Epoll& other);
    bool reaches(const Epoll& other) const;
    int steps_below() const;
    int steps_above() const;
    void forget_watcher(const Epoll& watcher);

    Vector<Owned<Item>> items_;
    List<Item, &Item::ready_node> ready_items_;
    Vector<Epoll*> watchers_;  // the instances that watch this one, once a registration
};

}  // namespace mayfly::guest
