# Writes OUTPUT, a header with the commit this tree was built from, when it changed: run at every build.
execute_process(COMMAND git -C ${SOURCE} describe --always --dirty --tags
    OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
if(NOT commit)
    set(commit unknown)  # built from an archive
endif()
file(CONFIGURE OUTPUT ${OUTPUT} CONTENT "#pragma once\n#define MAYFLY_COMMIT \"${commit}\"\n")
