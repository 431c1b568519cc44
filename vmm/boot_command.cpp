#include "vmm/boot_command.h"

#include "abi/control_page.h"

namespace mayfly::vmm {
namespace {

Result<void> append(std::string& strings, const std::string& text) {
    if (text.find('\0') != std::string::npos)
        return fail(ErrorCode::usage, "an argument or environment variable holds a NUL character");
    if (strings.size() + text.size() + 1 > abi::kMaxPayloadBytes - sizeof(abi::BootCommand))
        return fail(ErrorCode::too_large, "arguments and environment are over 6 MiB");
    strings.append(text);
    strings.push_back('\0');
    return {};
}

}  // namespace

Result<std::vector<std::byte>> encode_boot_command(std::span<const std::string> arguments,
                                                   std::span<const std::string> environment,
                                                   const std::string& working_directory) {
    std::string strings;
    for (const std::string& argument : arguments) MF_TRY(append(strings, argument));
    for (const std::string& variable : environment) MF_TRY(append(strings, variable));
    MF_TRY(append(strings, working_directory));

    const abi::BootCommand command{static_cast<std::uint32_t>(arguments.size()),
                                   static_cast<std::uint32_t>(environment.size()),
                                   static_cast<std::uint32_t>(strings.size()), 0};
    const auto header = std::as_bytes(std::span(&command, 1));
    const auto text = std::as_bytes(std::span(strings));
    std::vector<std::byte> encoded(header.begin(), header.end());
    encoded.insert(encoded.end(), text.begin(), text.end());
    return encoded;
}

}  // namespace mayfly::vmm
