#include "runtime/engine_impl.h"
#include "runtime/exec.h"
#include "runtime/function_impl.h"
#include "runtime/function_store.h"
#include "runtime/image_store.h"
#include "runtime/out_of_memory.h"

namespace mayfly {

using runtime::unless_out_of_memory;

Engine::Engine(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}

Result<Engine> Engine::open(EngineOptions options) {
    return unless_out_of_memory([&]() -> Result<Engine> {
        runtime::Home home = MF_TRY(runtime::Home::open(options.home));
        options.home = home.path().string();
        return Engine{std::make_shared<Impl>(std::move(home), std::move(options))};
    });
}

const std::string& Engine::home() const { return impl_->home_path(); }
const AcceptedRisks& Engine::accepted_risks() const { return impl_->accepted_risks(); }

Result<ImageInfo> Engine::build_image(const ImageOptions& options) {
    return unless_out_of_memory([&] { return runtime::build_image(*impl_, options); });
}
Result<std::vector<ImageInfo>> Engine::images() const {
    return unless_out_of_memory([&] { return runtime::list_images(*impl_); });
}
Result<ImageInfo> Engine::image(std::string_view name) const {
    return unless_out_of_memory([&] { return runtime::image_info(*impl_, name); });
}
Result<void> Engine::remove_image(std::string_view name) {
    return unless_out_of_memory([&] { return runtime::remove_image(*impl_, name); });
}

Result<FunctionInfo> Engine::create_function(const FunctionOptions& options) {
    return unless_out_of_memory([&] { return runtime::create_function(*impl_, options); });
}
Result<FunctionInfo> Engine::update_function(std::string_view name, const FunctionUpdate& update) {
    return unless_out_of_memory([&] { return runtime::update_function(*impl_, name, update); });
}
Result<std::vector<FunctionInfo>> Engine::functions() const {
    return unless_out_of_memory([&] { return runtime::list_functions(*impl_); });
}
Result<FunctionInfo> Engine::function_info(std::string_view name) const {
    return unless_out_of_memory([&] { return runtime::function_info(*impl_, name); });
}
Result<void> Engine::remove_function(std::string_view name) {
    return unless_out_of_memory([&] { return runtime::remove_function(*impl_, name); });
}

Result<Function> Engine::function(std::string_view name) const {
    return unless_out_of_memory([&]() -> Result<Function> {
        runtime::OpenFunction opened = MF_TRY(runtime::open_function(*impl_, name));
        impl_->log(LogLevel::debug, "opened the snapshot of function '" + opened.info.name + "', " +
                                        std::to_string(opened.info.snapshot_bytes) + " bytes over image '" +
                                        opened.info.image + "'");
        return Function{std::make_shared<Function::Impl>(impl_, std::move(opened))};
    });
}
Result<Function> Engine::temporary_function(const FunctionOptions& options) const {
    return unless_out_of_memory([&]() -> Result<Function> {
        return Function{
            std::make_shared<Function::Impl>(impl_, MF_TRY(runtime::make_temporary_function(*impl_, options)))};
    });
}

Result<void> Engine::keep_ready(std::string_view image, unsigned count, std::uint32_t memory_mb) const {
    return unless_out_of_memory([&] { return runtime::keep_ready(*impl_, image, count, memory_mb); });
}

Result<ExecResult> Engine::exec(const ExecOptions& options) const {
    return unless_out_of_memory([&] { return runtime::execute(*impl_, options); });
}
void Engine::interrupt() { impl_->interrupt(); }

}  // namespace mayfly
