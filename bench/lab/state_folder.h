// A state folder for many functions that is gone with this object, with one image of another state folder.
#pragma once

#include <functional>
#include <string>

#include "base/error.h"
#include "bench/lab/temporary_folder.h"
#include "mayfly/mayfly.h"

namespace mayfly::bench {

// Tells whoever listens for interrupts what ends the work under way.
using OnInterrupt = std::function<void(std::function<void()>)>;

class StateFolder {
public:
    // The image's files are linked, not copied. An interrupt ends the work of both engines.
    static Result<StateFolder> with_image(Engine& engine, const std::string& image, const OnInterrupt& on_interrupt);

    Engine& engine() { return engine_; }
    const TemporaryFolder& folder() const { return folder_; }  // for code

private:
    StateFolder(TemporaryFolder folder, Engine engine) : folder_(std::move(folder)), engine_(std::move(engine)) {}

    TemporaryFolder folder_;  // holds the engine's home
    Engine engine_;
};

}  // namespace mayfly::bench
