// A value or the reason there is none. Member names are those of std::expected (C++23), so that a
// later move is an alias. Used by host and guest: no exceptions, no allocation of its own.
#pragma once

#include <new>
#include <type_traits>
#include <utility>

namespace mayfly {

template <class E>
class [[nodiscard]] Unexpected {
public:
    constexpr explicit Unexpected(E error) : error_(std::move(error)) {}
    constexpr E& error() & { return error_; }
    constexpr E&& error() && { return std::move(error_); }

private:
    E error_;
};

template <class T, class E>
class [[nodiscard]] Expected {
public:
    using value_type = T;
    using error_type = E;

    template <class U = T>
    requires(std::is_constructible_v<T, U&&> && !std::is_same_v<std::remove_cvref_t<U>, Expected>) Expected(U&& value)
        : has_value_(true) {
        ::new (&value_) T(std::forward<U>(value));
    }
    template <class G>
    requires std::is_constructible_v<E, G&&> Expected(Unexpected<G> error) : has_value_(false) {
        ::new (&error_) E(std::move(error).error());
    }

    Expected(const Expected& other) : has_value_(other.has_value_) {
        if (has_value_)
            ::new (&value_) T(other.value_);
        else
            ::new (&error_) E(other.error_);
    }
    Expected(Expected&& other) noexcept : has_value_(other.has_value_) { take(std::move(other)); }
    Expected& operator=(Expected other) noexcept {
        destroy();
        has_value_ = other.has_value_;
        take(std::move(other));
        return *this;
    }
    ~Expected() { destroy(); }

    explicit operator bool() const { return has_value_; }
    bool has_value() const { return has_value_; }

    // Precondition of value(), * and ->: has_value(). Precondition of error(): !has_value().
    T& value() & { return value_; }
    const T& value() const& { return value_; }
    T&& value() && { return std::move(value_); }
    T& operator*() & { return value_; }
    const T& operator*() const& { return value_; }
    T&& operator*() && { return std::move(value_); }
    T* operator->() { return &value_; }
    const T* operator->() const { return &value_; }
    E& error() & { return error_; }
    const E& error() const& { return error_; }
    E&& error() && { return std::move(error_); }

    template <class U>
    T value_or(U&& fallback) && {
        return has_value_ ? std::move(value_) : static_cast<T>(std::forward<U>(fallback));
    }

private:
    void take(Expected&& other) {
        if (has_value_)
            ::new (&value_) T(std::move(other.value_));
        else
            ::new (&error_) E(std::move(other.error_));
    }
    void destroy() {
        if (has_value_)
            value_.~T();
        else
            error_.~E();
    }

    union {
        T value_;
        E error_;
    };
    bool has_value_;
};

// No value, only success or the reason for failure.
template <class E>
class [[nodiscard]] Expected<void, E> {
public:
    using value_type = void;
    using error_type = E;

    Expected() : has_value_(true) {}
    template <class G>
    requires std::is_constructible_v<E, G&&> Expected(Unexpected<G> error) : has_value_(false) {
        ::new (&error_) E(std::move(error).error());
    }
    Expected(const Expected& other) : has_value_(other.has_value_) {
        if (!has_value_) ::new (&error_) E(other.error_);
    }
    Expected(Expected&& other) noexcept : has_value_(other.has_value_) {
        if (!has_value_) ::new (&error_) E(std::move(other.error_));
    }
    Expected& operator=(Expected other) noexcept {
        if (!has_value_) error_.~E();
        has_value_ = other.has_value_;
        if (!has_value_) ::new (&error_) E(std::move(other.error_));
        return *this;
    }
    ~Expected() {
        if (!has_value_) error_.~E();
    }

    explicit operator bool() const { return has_value_; }
    bool has_value() const { return has_value_; }
    void value() const {}
    E& error() & { return error_; }
    const E& error() const& { return error_; }
    E&& error() && { return std::move(error_); }

private:
    union {
        char none_;
        E error_;
    };
    bool has_value_;
};

}  // namespace mayfly

// The value of an Expected, or an early return of its error from the enclosing function. A GNU
// statement expression, which gcc and clang both have. The counter keeps nested uses apart. When it returns,
// gcc does not destroy what the expression around it has made by then: no temporary that owns something may
// stand before it in the same expression.
#define MF_TRY(expression) MF_TRY_NAMED(MF_TRY_JOIN(mf_try_, __COUNTER__), expression)
#define MF_TRY_JOIN(a, b) MF_TRY_JOIN_AGAIN(a, b)
#define MF_TRY_JOIN_AGAIN(a, b) a##b
#define MF_TRY_NAMED(name, expression)                                   \
    (__extension__({                                                     \
        auto name = (expression);                                        \
        if (!name) return ::mayfly::Unexpected(std::move(name).error()); \
        std::move(name).value();                                         \
    }))
