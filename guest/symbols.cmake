# Writes the kernel's function names as assembler: see boot/symbols.cpp for the layout.
execute_process(COMMAND ${NM} --defined-only --numeric-sort --demangle ${KERNEL} OUTPUT_VARIABLE lines
                COMMAND_ERROR_IS_FATAL ANY)

# A name without what makes it long: namespaces, template arguments, parameters, return type.
function(shorten name out)
    string(REPLACE "(anonymous namespace)::" "" name "${name}")
    string(REPLACE "mayfly::guest::" "" name "${name}")
    set(before "")
    while(NOT name STREQUAL before)
        set(before "${name}")
        string(REGEX REPLACE "<[^<>]*>" "" name "${name}")
    endwhile()
    string(REPLACE "operator()" "operator_call" name "${name}")
    string(REGEX REPLACE "[[(].*$" "" name "${name}")
    string(STRIP "${name}" name)
    if(NOT name MATCHES "operator ")
        string(REGEX REPLACE "^.* " "" name "${name}")
    endif()
    set(${out} "${name}" PARENT_SCOPE)
endfunction()

string(REGEX MATCHALL "ffffffff[0-9a-f]+ [tTwW] [^\n]+" lines "${lines}")
set(entries "")
set(names "")
set(count 0)
foreach(line IN LISTS lines)
    string(REGEX MATCH "^ffffffff([0-9a-f]+) . (.*)$" _ "${line}")
    set(address "0x${CMAKE_MATCH_1}")
    shorten("${CMAKE_MATCH_2}" name)
    string(REPLACE "\"" "" name "${name}")
    if(name STREQUAL "")
        message(FATAL_ERROR "a function of the kernel has no name left: ${line}")
    endif()
    string(APPEND entries "    .long ${address} - 0x80000000, kernel_name_${count} - kernel_symbol_names\n")
    string(APPEND names "kernel_name_${count}: .asciz \"${name}\"\n")
    math(EXPR count "${count} + 1")
endforeach()
file(WRITE ${OUT} ".section .symbols, \"a\"
.global kernel_symbols, kernel_symbol_count, kernel_symbol_names
.balign 4
kernel_symbols:
${entries}
kernel_symbol_count: .long ${count}
kernel_symbol_names:
${names}
.section .note.GNU-stack, \"\", @progbits
")
