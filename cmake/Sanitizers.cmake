# MAYFLY_SANITIZE: what the host side is built with, to find its defects in tests.
#   address  AddressSanitizer, LeakSanitizer, UndefinedBehaviorSanitizer
#   thread   ThreadSanitizer, for the library, the command and their tests. A microVM process has one thread, and ends
#            if it finds another: it is the one of MAYFLY_MICROVM_BINARY
#   cfi      clang's control flow integrity, microVM process included
# mayfly_sanitized is that for everything on the host, generated code too: what is compiled without has no type
# information, and cfi takes its objects for impostors.
add_library(mayfly_sanitized INTERFACE)
if(MAYFLY_SANITIZE STREQUAL "address")
    target_compile_options(mayfly_sanitized INTERFACE -fsanitize=address,undefined -fno-sanitize-recover=undefined
                                                 -fno-omit-frame-pointer)
    target_compile_definitions(mayfly_sanitized INTERFACE _GLIBCXX_ASSERTIONS)
    target_link_options(mayfly_sanitized INTERFACE -fsanitize=address,undefined)
elseif(MAYFLY_SANITIZE STREQUAL "thread")
    if(NOT MAYFLY_MICROVM_BINARY)
        message(FATAL_ERROR "MAYFLY_SANITIZE=thread needs MAYFLY_MICROVM_BINARY, a mayfly-vmm of another build")
    endif()
    target_compile_options(mayfly_sanitized INTERFACE -fsanitize=thread -fno-omit-frame-pointer)
    target_link_options(mayfly_sanitized INTERFACE -fsanitize=thread)
elseif(MAYFLY_SANITIZE STREQUAL "cfi")
    if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
        message(FATAL_ERROR "MAYFLY_SANITIZE=cfi is for clang")
    endif()
    # Without a handler: a call that goes astray is an illegal instruction at once.
    set(cfi -fsanitize=cfi -flto=thin -fvisibility=hidden
        -fsanitize-ignorelist=${CMAKE_CURRENT_LIST_DIR}/cfi-ignored.txt)
    target_compile_options(mayfly_sanitized INTERFACE ${cfi})
    target_link_options(mayfly_sanitized INTERFACE ${cfi} -fuse-ld=lld)
elseif(MAYFLY_SANITIZE)
    message(FATAL_ERROR "MAYFLY_SANITIZE is address, thread or cfi, not ${MAYFLY_SANITIZE}")
endif()
