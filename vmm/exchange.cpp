#include "vmm/exchange.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>

#include "base/file_size.h"

namespace mayfly::vmm {

Result<Exchange> Exchange::create() {
    UniqueFd file{::memfd_create("mayfly-exchange", MFD_CLOEXEC)};
    if (!file) return fail_errno(ErrorCode::io, "memfd_create of an exchange area");
    if (::ftruncate(file.get(), abi::kExchangeBytes) != 0)
        return fail_errno(ErrorCode::io, "ftruncate of an exchange area");
    return adopt(std::move(file));
}

Result<Exchange> Exchange::adopt(UniqueFd memory_file) {
    const std::uint64_t bytes = MF_TRY(file_size(memory_file.get(), "the exchange area"));
    if (bytes != abi::kExchangeBytes)
        return fail(ErrorCode::usage, "the exchange area has " + std::to_string(bytes) + " bytes instead of " +
                                          std::to_string(abi::kExchangeBytes));
    auto area = MF_TRY(Mapping::of(memory_file, abi::kExchangeBytes, PROT_READ | PROT_WRITE, MAP_SHARED));
    return Exchange{std::move(memory_file), std::move(area)};
}

abi::Mailbox Exchange::mailbox() const { return area_.load<abi::Mailbox>(abi::kMailboxOffset); }

void Exchange::set_log_length(std::uint32_t length) {
    area_.store(abi::kMailboxOffset + offsetof(abi::Mailbox, log_length), length);
}

void Exchange::set_input_length(std::uint32_t length) {
    area_.store(abi::kMailboxOffset + offsetof(abi::Mailbox, input_length), length);
}

std::vector<std::byte> Exchange::copy_log(std::uint32_t length) const {
    return area_.copy(abi::kLogOffset, std::min<std::uint64_t>(length, abi::kLogBytes));
}

void Exchange::write_log(std::span<const std::byte> records) {
    area_.copy_in(abi::kLogOffset, records.first(std::min<std::size_t>(records.size(), abi::kLogBytes)));
}

// The memory file knows which of its pages were ever touched: usually four, whatever the guest says.
Result<void> Exchange::scrub(std::uint32_t event_length) {
    const std::uint64_t event_end = abi::kEventOffset + std::min<std::uint64_t>(event_length, abi::kMaxPayloadBytes);
    std::uint64_t offset = 0;
    while (offset < abi::kExchangeBytes) {
        const off_t data = ::lseek(file_.get(), static_cast<off_t>(offset), SEEK_DATA);
        if (data < 0 && errno == ENXIO) return {};  // only holes from here on
        if (data < 0) return fail_errno(ErrorCode::io, "lseek in the exchange area");
        const off_t hole = ::lseek(file_.get(), data, SEEK_HOLE);
        if (hole <= data) return fail_errno(ErrorCode::io, "lseek in the exchange area");

        const auto from = static_cast<std::uint64_t>(data);
        const auto to = std::min(static_cast<std::uint64_t>(hole), abi::kExchangeBytes);
        zero(from, std::min(to, abi::kEventOffset));
        zero(std::max(from, event_end), to);
        offset = to;
    }
    return {};
}

void Exchange::zero(std::uint64_t from, std::uint64_t to) {
    if (from < to) area_.zero(from, to - from);
}

}  // namespace mayfly::vmm
