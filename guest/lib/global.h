// A global object with a constructor or a destructor: made on first use, never destroyed. The kernel
// runs no constructors of globals, so that its image is as the linker left it.
#pragma once

#include <new>

namespace mayfly::guest {

template <class T>
class Global {
public:
    T& get() {
        if (!made_) {
            made_ = true;
            ::new (storage_) T();
        }
        return *reinterpret_cast<T*>(storage_);
    }
    T* operator->() { return &get(); }
    T& operator*() { return get(); }

private:
    alignas(T) unsigned char storage_[sizeof(T)]{};
    bool made_ = false;
};

}  // namespace mayfly::guest
