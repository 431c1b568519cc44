# Compiler options as interface targets: mayfly_warnings for everything of ours, mayfly_host for what
# runs on the host, mayfly_freestanding for the guest kernel.
add_library(mayfly_warnings INTERFACE)
target_compile_options(mayfly_warnings INTERFACE
    $<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wcast-align -Wold-style-cast -Werror>)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    target_compile_options(mayfly_warnings INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-Wthread-safety>)
else()
    # gcc 12 warns wrongly of `"text" + std::string` when it optimises (its bug 105651).
    target_compile_options(mayfly_warnings INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-Wno-restrict>)
endif()

add_library(mayfly_host INTERFACE)
target_link_libraries(mayfly_host INTERFACE mayfly_warnings)
target_include_directories(mayfly_host INTERFACE $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>)
if(MAYFLY_SANITIZE)
    target_compile_options(mayfly_host INTERFACE -fsanitize=address,undefined -fno-sanitize-recover=undefined
                                                 -fno-omit-frame-pointer)
    target_link_options(mayfly_host INTERFACE -fsanitize=address,undefined)
endif()

add_library(mayfly_freestanding INTERFACE)
target_link_libraries(mayfly_freestanding INTERFACE mayfly_warnings)
target_include_directories(mayfly_freestanding INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(mayfly_freestanding INTERFACE
    -ffreestanding -fno-pic -mcmodel=kernel -mno-red-zone -mno-sse -mno-mmx -fno-stack-protector
    -fno-asynchronous-unwind-tables -fno-omit-frame-pointer -ffunction-sections -fdata-sections -O2 -g
    $<$<COMPILE_LANGUAGE:CXX>:-fno-exceptions -fno-rtti -fno-threadsafe-statics>)
