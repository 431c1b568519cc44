// A state folder for many functions that is gone with this object, with one image of another state folder.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <utility>

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
    bool interrupted() const { return *interrupted_; }

private:
    StateFolder(TemporaryFolder folder, Engine engine) : folder_(std::move(folder)), engine_(std::move(engine)) {}
    void listen(Engine outer, const OnInterrupt& on_interrupt);

    TemporaryFolder folder_;  // holds the engine's home
    Engine engine_;
    std::shared_ptr<std::atomic<bool>> interrupted_ = std::make_shared<std::atomic<bool>>(false);
};

}  // namespace mayfly::bench
