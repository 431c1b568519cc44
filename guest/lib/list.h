// A doubly linked list through a node inside each element: no allocation, removal in one step.
#pragma once

#include "guest/lib/assert.h"

namespace mayfly::guest {

class ListNode {
public:
    ListNode() = default;
    ListNode(const ListNode&) = delete;
    ListNode& operator=(const ListNode&) = delete;
    ~ListNode() { unlink(); }

    bool linked() const { return next_ != nullptr; }
    void unlink() {
        if (next_ == nullptr) return;
        previous_->next_ = next_;
        next_->previous_ = previous_;
        next_ = previous_ = nullptr;
    }

private:
    template <class T, ListNode T::*>
    friend class List;
    ListNode* next_ = nullptr;
    ListNode* previous_ = nullptr;
};

// Elements are not owned. `List<Thread, &Thread::run_node>`.
template <class T, ListNode T::*Node>
class List {
public:
    List() { head_.next_ = head_.previous_ = &head_; }

    bool empty() const { return head_.next_ == &head_; }
    void push_back(T& element) { insert_before(head_, element.*Node); }
    void push_front(T& element) { insert_before(*head_.next_, element.*Node); }
    // Inserts in front of `position`, which is in this list.
    void insert(T& position, T& element) { insert_before(position.*Node, element.*Node); }
    void remove(T& element) { (element.*Node).unlink(); }
    T* front() { return empty() ? nullptr : owner(head_.next_); }
    // The element after `element`, or nullptr at the end.
    T* next(T& element) {
        ListNode* node = (element.*Node).next_;
        return node == &head_ ? nullptr : owner(node);
    }
    T* pop_front() {
        T* first = front();
        if (first != nullptr) remove(*first);
        return first;
    }

private:
    static void insert_before(ListNode& position, ListNode& node) {
        MF_ASSERT(!node.linked());
        node.next_ = &position;
        node.previous_ = position.previous_;
        position.previous_->next_ = &node;
        position.previous_ = &node;
    }
    static T* owner(ListNode* node) {
        // The offset of Node in T: from a node's address back to its element.
        alignas(T) static char probe[sizeof(T)];
        auto* object = reinterpret_cast<T*>(probe);
        const auto offset = reinterpret_cast<char*>(&(object->*Node)) - probe;
        return reinterpret_cast<T*>(reinterpret_cast<char*>(node) - offset);
    }

    ListNode head_;
};

}  // namespace mayfly::guest
