# Compiler options as interface targets: mayfly_warnings for everything of ours, mayfly_host for what
# runs on the host, mayfly_freestanding for the guest kernel.
add_library(mayfly_warnings INTERFACE)
target_compile_options(mayfly_warnings INTERFACE
    $<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wcast-align -Wold-style-cast -Werror>)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    # In C++, gcc's -Wconversion leaves signs out, and clang's does not.
    target_compile_options(mayfly_warnings INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-Wthread-safety -Wno-sign-conversion>)
else()
    # gcc 12 warns wrongly of `"text" + std::string` when it optimises (its bug 105651).
    target_compile_options(mayfly_warnings INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-Wno-restrict>)
endif()

add_library(mayfly_host INTERFACE)
include(Sanitizers)
target_link_libraries(mayfly_host INTERFACE mayfly_warnings mayfly_sanitized)
target_include_directories(mayfly_host INTERFACE $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>)

if(MAYFLY_COVERAGE)
    target_compile_options(mayfly_host INTERFACE -fprofile-instr-generate -fcoverage-mapping)
    target_link_options(mayfly_host INTERFACE -fprofile-instr-generate)
endif()
if(MAYFLY_FLIP_ON_READ)
    if(NOT MAYFLY_TESTS AND NOT MAYFLY_FUZZ OR CMAKE_BUILD_TYPE STREQUAL "Release")
        message(FATAL_ERROR "MAYFLY_FLIP_ON_READ breaks what it is built into on purpose: it is for tests")
    endif()
    target_compile_definitions(mayfly_host INTERFACE MAYFLY_FLIP_ON_READ)
endif()
if(MAYFLY_FUZZ)
    if(CMAKE_BUILD_TYPE STREQUAL "Release" OR NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
        message(FATAL_ERROR "MAYFLY_FUZZ is for a clang build that nobody ships")
    endif()
    target_compile_options(mayfly_host INTERFACE -fsanitize=fuzzer-no-link)
endif()

add_library(mayfly_freestanding INTERFACE)
target_link_libraries(mayfly_freestanding INTERFACE mayfly_warnings)
target_include_directories(mayfly_freestanding INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(mayfly_freestanding INTERFACE
    -ffreestanding -fno-pic -mcmodel=kernel -mno-red-zone -mno-sse -mno-mmx -fno-stack-protector
    -fno-asynchronous-unwind-tables -fno-omit-frame-pointer -ffunction-sections -fdata-sections -O2 -g
    $<$<COMPILE_LANGUAGE:CXX>:-fno-exceptions -fno-rtti -fno-threadsafe-statics>)
