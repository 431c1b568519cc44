// Shared ownership by a count inside the object. The kernel runs on one vCPU and is not preempted,
// so the count is a plain integer.
#pragma once

#include <new>
#include <type_traits>
#include <utility>

#include "guest/lib/heap.h"
#include "guest/lib/types.h"

namespace mayfly::guest {

class RefCounted {
public:
    RefCounted() = default;
    RefCounted(const RefCounted&) = delete;
    RefCounted& operator=(const RefCounted&) = delete;
    virtual ~RefCounted() = default;

    void retain() { ++references_; }
    void release() {
        if (--references_ > 0) return;
        this->~RefCounted();
        heap_free(this);
    }
    u32 references() const { return references_; }

private:
    u32 references_ = 0;
};

// A non-null or null reference that keeps its object alive. Objects are made by make_ref only, and
// RefCounted must be the first base class, so that the object's address is its block's.
template <class T>
class Ref {
public:
    Ref() = default;
    Ref(std::nullptr_t) {}
    explicit Ref(T* object) : object_(object) {
        if (object_ != nullptr) object_->retain();
    }
    Ref(const Ref& other) : Ref(other.object_) {}
    Ref(Ref&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
    template <class U>
    requires std::is_convertible_v<U*, T*> Ref(const Ref<U>& other) : Ref(other.get()) {}
    template <class U>
    requires std::is_convertible_v<U*, T*> Ref(Ref<U>&& other)
    noexcept : object_(other.leak()) {}
    Ref& operator=(Ref other) noexcept {
        std::swap(object_, other.object_);
        return *this;
    }
    ~Ref() {
        if (object_ != nullptr) object_->release();
    }

    T* get() const { return object_; }
    T* operator->() const { return object_; }
    T& operator*() const { return *object_; }
    explicit operator bool() const { return object_ != nullptr; }
    friend bool operator==(const Ref& a, const Ref& b) { return a.object_ == b.object_; }
    // Gives up the reference without releasing it.
    [[nodiscard]] T* leak() { return std::exchange(object_, nullptr); }

private:
    T* object_ = nullptr;
};

template <class T, class... Arguments>
ErrnoOr<Ref<T>> make_ref(Arguments&&... arguments) {
    static_assert(std::is_base_of_v<RefCounted, T>);
    void* block = heap_allocate(sizeof(T));
    if (block == nullptr) return fail(ENOMEM);
    return Ref<T>(::new (block) T(std::forward<Arguments>(arguments)...));
}

// Sole ownership of a heap object.
template <class T>
class Owned {
public:
    Owned() = default;
    explicit Owned(T* object) : object_(object) {}
    Owned(Owned&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
    Owned& operator=(Owned&& other) noexcept {
        std::swap(object_, other.object_);
        return *this;
    }
    ~Owned() {
        if (object_ == nullptr) return;
        object_->~T();
        heap_free(object_);
    }
    T* get() const { return object_; }
    T* operator->() const { return object_; }
    T& operator*() const { return *object_; }
    explicit operator bool() const { return object_ != nullptr; }
    // Gives the object up without ending it.
    [[nodiscard]] T* leak() { return std::exchange(object_, nullptr); }

private:
    T* object_ = nullptr;
};

template <class T, class... Arguments>
ErrnoOr<Owned<T>> make_owned(Arguments&&... arguments) {
    void* block = heap_allocate(sizeof(T));
    if (block == nullptr) return fail(ENOMEM);
    return Owned<T>(::new (block) T(std::forward<Arguments>(arguments)...));
}

}  // namespace mayfly::guest
