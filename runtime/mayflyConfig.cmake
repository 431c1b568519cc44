# find_package(mayfly) gives the target mayfly::mayfly.
include("${CMAKE_CURRENT_LIST_DIR}/mayflyTargets.cmake")
