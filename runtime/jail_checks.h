// What `mayfly doctor` tells of the jail of microVM processes.
#pragma once

#include <vector>

#include "mayfly/mayfly.h"

namespace mayfly::runtime {

std::vector<Check> jail_checks();

}  // namespace mayfly::runtime
