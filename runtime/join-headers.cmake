# Joins PARTS into the header OUTPUT: includes of our own are left out, since they stand in front.
set(text "// Generated from several headers of Mayfly; do not edit.\n#pragma once\n")
foreach(part ${PARTS})
    file(READ ${part} content)
    string(REPLACE "#pragma once\n" "" content "${content}")
    string(REGEX REPLACE "#include \"base/[a-z_]+\\.h\"\n" "" content "${content}")
    string(APPEND text "\n${content}")
endforeach()
file(WRITE ${OUTPUT} "${text}")
