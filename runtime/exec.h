// Running a program of an image from a cold boot.
#pragma once

#include "mayfly/mayfly.h"
#include "runtime/engine_impl.h"

namespace mayfly::runtime {

Result<ExecResult> execute(Engine::Impl& engine, const ExecOptions& options);

}  // namespace mayfly::runtime
