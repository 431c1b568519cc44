// A growing array whose growth can fail with ENOMEM.
#pragma once

#include <new>
#include <span>
#include <utility>

#include "guest/lib/assert.h"
#include "guest/lib/heap.h"
#include "guest/lib/types.h"

namespace mayfly::guest {

template <class T>
class Vector {
public:
    Vector() = default;
    Vector(Vector&& other) noexcept
        : data_(std::exchange(other.data_, nullptr)),
          size_(std::exchange(other.size_, 0)),
          capacity_(std::exchange(other.capacity_, 0)) {}
    Vector& operator=(Vector&& other) noexcept {
        std::swap(data_, other.data_);
        std::swap(size_, other.size_);
        std::swap(capacity_, other.capacity_);
        return *this;
    }
    ~Vector() {
        clear();
        heap_free(data_);
    }

    usize size() const { return size_; }
    bool empty() const { return size_ == 0; }
    T* data() { return data_; }
    const T* data() const { return data_; }
    T& operator[](usize index) {
        MF_ASSERT(index < size_);
        return data_[index];
    }
    const T& operator[](usize index) const {
        MF_ASSERT(index < size_);
        return data_[index];
    }
    T* begin() { return data_; }
    T* end() { return data_ + size_; }
    const T* begin() const { return data_; }
    const T* end() const { return data_ + size_; }
    T& back() { return (*this)[size_ - 1]; }
    std::span<T> span() { return {data_, size_}; }

    ErrnoOr<void> reserve(usize count) {
        if (count <= capacity_) return {};
        usize capacity = capacity_ < 4 ? 4 : capacity_ * 2;
        if (capacity < count) capacity = count;
        auto* grown = static_cast<T*>(heap_allocate(capacity * sizeof(T)));
        if (grown == nullptr) return fail(ENOMEM);
        for (usize i = 0; i < size_; ++i) {
            ::new (&grown[i]) T(std::move(data_[i]));
            data_[i].~T();
        }
        heap_free(data_);
        data_ = grown;
        capacity_ = capacity;
        return {};
    }
    ErrnoOr<void> push_back(T value) {
        MF_TRY(reserve(size_ + 1));
        ::new (&data_[size_++]) T(std::move(value));
        return {};
    }
    ErrnoOr<void> insert(usize index, T value) {
        MF_ASSERT(index <= size_);
        MF_TRY(push_back(std::move(value)));
        for (usize i = size_ - 1; i > index; --i) std::swap(data_[i], data_[i - 1]);
        return {};
    }
    ErrnoOr<void> resize(usize count) {
        MF_TRY(reserve(count));
        while (size_ < count) ::new (&data_[size_++]) T();
        while (size_ > count) pop_back();
        return {};
    }
    void erase(usize index) {
        MF_ASSERT(index < size_);
        for (usize i = index; i + 1 < size_; ++i) data_[i] = std::move(data_[i + 1]);
        pop_back();
    }
    void erase(usize index, usize count) {
        MF_ASSERT(index + count <= size_);
        if (count == 0) return;
        for (usize i = index; i + count < size_; ++i) data_[i] = std::move(data_[i + count]);
        for (; count > 0; --count) pop_back();
    }
    void pop_back() {
        MF_ASSERT(size_ > 0);
        data_[--size_].~T();
    }
    void clear() {
        while (size_ > 0) pop_back();
    }

private:
    T* data_ = nullptr;
    usize size_ = 0;
    usize capacity_ = 0;
};

}  // namespace mayfly::guest
