#include "snapshot/layered_ram.h"

#include <sys/resource.h>

#include <algorithm>
#include <cstring>

#include "abi/layout.h"
#include "base/file_size.h"
#include "snapshot/pages.h"

namespace mayfly::snapshot {
namespace {

using abi::kPageSize;

// Below this much private memory copying back is cheap whatever was usual before.
constexpr std::uint64_t kPrivatePagesKept = (16ull << 20) / kPageSize;
constexpr std::uint64_t kUsualFactor = 4;

// Page faults of the calling thread so far. A fault that had to wait counts as a major one.
std::uint64_t thread_faults() {
    rusage usage{};
    ::getrusage(RUSAGE_THREAD, &usage);
    return static_cast<std::uint64_t>(usage.ru_minflt) + static_cast<std::uint64_t>(usage.ru_majflt);
}

// As if each page was written to, which leaves it as it is.
Result<void> write_fault(std::byte* start, std::size_t bytes) {
    if (::madvise(start, bytes, MADV_POPULATE_WRITE) == 0) return {};
    if (errno != EINVAL) return fail_errno(ErrorCode::io, "bringing in the working set");
    for (std::size_t at = 0; at < bytes; at += kPageSize) {  // Linux before 5.14
        volatile std::byte* const byte = start + at;
        *byte = *byte;
    }
    return {};
}

bool is_copied(std::size_t layer, const Extent& extent) { return layer > 0 && extent.bytes <= kMaxCopiedBytes; }

// The one with the page, or null.
const Extent* find_extent(const std::vector<Extent>& extents, std::uint32_t number) {
    const std::uint64_t offset = std::uint64_t{number} * kPageSize;
    const auto after = std::upper_bound(extents.begin(), extents.end(), offset,
                                        [](std::uint64_t at, const Extent& extent) { return at < extent.ram_offset; });
    if (after == extents.begin()) return nullptr;
    const Extent& extent = *std::prev(after);
    return offset - extent.ram_offset < extent.bytes ? &extent : nullptr;
}

bool is_page_multiple(std::uint64_t value) { return value % kPageSize == 0; }

Result<void> check_extents(const LayerSource& source, std::uint64_t ram_bytes, std::uint64_t file_bytes) {
    std::uint64_t end = 0;
    for (const Extent& extent : source.extents) {
        const bool fits_ram = extent.bytes <= ram_bytes && extent.ram_offset <= ram_bytes - extent.bytes;
        const bool fits_file = extent.bytes <= file_bytes && extent.file_offset <= file_bytes - extent.bytes;
        const bool is_aligned = is_page_multiple(extent.ram_offset) && is_page_multiple(extent.file_offset) &&
                                is_page_multiple(extent.bytes);
        if (extent.bytes == 0 || !is_aligned || !fits_ram || !fits_file || extent.ram_offset < end)
            return fail(ErrorCode::corrupt, "a memory layer names pages outside the RAM or its file");
        end = extent.ram_offset + extent.bytes;
    }
    return {};
}

}  // namespace

Result<LayeredRam> LayeredRam::create(std::uint64_t ram_bytes, std::uint64_t max_ram_bytes,
                                      std::span<const LayerSource> layers) {
    return create(ram_bytes, max_ram_bytes, layers, MF_TRY(Pagemap::open()));
}

Result<LayeredRam> LayeredRam::create(std::uint64_t ram_bytes, std::uint64_t max_ram_bytes,
                                      std::span<const LayerSource> layers, Pagemap pagemap) {
    if (!is_page_multiple(ram_bytes) || !is_page_multiple(max_ram_bytes) || ram_bytes > max_ram_bytes ||
        max_ram_bytes == 0 || max_ram_bytes > abi::kMaxRamBytes)
        return fail(ErrorCode::usage, "RAM must be whole pages, at most 16 GiB");
    LayeredRam ram{MF_TRY(Mapping::anonymous(max_ram_bytes)), std::move(pagemap)};
    // Over layers every private page is copied back at a reset, so a write of a byte must not make
    // 2 MiB private. Without layers nothing is ever reset, and large pages make first touches cheap.
    ::madvise(ram.ram_.data(), max_ram_bytes, layers.empty() ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
    for (const LayerSource& layer : layers) MF_TRY(ram.add_layer(ram_bytes, layer));
    return ram;
}

Result<void> LayeredRam::add_layers(std::span<const LayerSource> layers) {
    for (const LayerSource& layer : layers) MF_TRY(add_layer(ram_.size(), layer));
    faults_seen_ = ~0ull;  // what lay there may have been private
    usual_private_pages_ = 0;
    return {};
}

Result<void> LayeredRam::give_back(std::uint64_t offset, std::uint64_t bytes) {
    if (offset > ram_.size() || bytes > ram_.size() - offset) return fail(ErrorCode::usage, "no such part of the RAM");
    if (::madvise(ram_.data() + offset, bytes, MADV_DONTNEED) != 0)
        return fail_errno(ErrorCode::io, "madvise(MADV_DONTNEED) of RAM");
    for (std::size_t layer = 0; layer < layers_.size(); ++layer) fill_in(layer, offset, offset + bytes);
    forget_private(offset, bytes);
    return {};
}

void LayeredRam::forget_private(std::uint64_t offset, std::uint64_t bytes) {
    std::erase_if(private_, [&](const PrivatePage& page) {
        const std::uint64_t at = std::uint64_t{page.number} * kPageSize;
        return at >= offset && at - offset < bytes;
    });
    faults_seen_ = ~0ull;
}

// The pages between two offsets that a layer has for copying, where no later layer lies over them.
void LayeredRam::fill_in(std::size_t layer, std::uint64_t from, std::uint64_t to) {
    for (const Extent& extent : layers_[layer].extents) {
        if (!is_copied(layer, extent)) continue;
        const std::uint64_t end = std::min(to, extent.ram_offset + extent.bytes);
        for (std::uint64_t at = std::max(from, extent.ram_offset); at < end; at += kPageSize) {
            const auto number = static_cast<std::uint32_t>(at / kPageSize);
            if (pristine(number) == pristine(number, layer + 1)) std::memcpy(page(number), pristine(number), kPageSize);
        }
    }
}

Result<void> LayeredRam::add_layer(std::uint64_t ram_bytes, const LayerSource& source) {
    const std::uint64_t file_bytes = MF_TRY(file_size(source.fd, "a memory layer"));
    MF_TRY(check_extents(source, ram_bytes, file_bytes));
    if (source.extents.empty()) return {};

    for (const Extent& extent : source.extents) {
        if (is_copied(layers_.size(), extent)) continue;
        void* at = ::mmap(ram_.data() + extent.ram_offset, extent.bytes, PROT_READ | PROT_WRITE,
                          MAP_FIXED | MAP_PRIVATE | MAP_NORESERVE, source.fd, static_cast<off_t>(extent.file_offset));
        if (at == MAP_FAILED) return fail_errno(ErrorCode::io, "mapping a memory layer");
        forget_private(extent.ram_offset, extent.bytes);
    }
    layers_.push_back({MF_TRY(Mapping::of(source.fd, file_bytes, PROT_READ, MAP_PRIVATE)), source.extents});
    fill_in(layers_.size() - 1, 0, ram_.size());
    return {};
}

bool LayeredRam::is_private(std::uint32_t number) const {
    const auto found =
        std::lower_bound(private_.begin(), private_.end(), number,
                         [](const PrivatePage& page, std::uint32_t wanted) { return page.number < wanted; });
    if (found != private_.end() && found->number == number) return true;
    for (std::size_t layer = layers_.size(); layer-- > 0;)
        if (const Extent* const extent = find_extent(layers_[layer].extents, number)) return is_copied(layer, *extent);
    return false;
}

Result<void> LayeredRam::make_private(std::span<const std::uint32_t> pages) {
    for (std::size_t i = 0; i < pages.size();) {
        std::size_t end = i + 1;
        if (is_private(pages[i])) {
            i = end;
            continue;
        }
        while (end < pages.size() && pages[end] == pages[end - 1] + 1 && !is_private(pages[end])) ++end;
        if (pages[end - 1] < ram_.size() / kPageSize) MF_TRY(write_fault(page(pages[i]), (end - i) * kPageSize));
        i = end;
    }
    return {};
}

const std::byte* LayeredRam::pristine(std::uint32_t number, std::size_t layers) const {
    for (auto layer = layers_.rend() - static_cast<std::ptrdiff_t>(layers); layer != layers_.rend(); ++layer) {
        const Extent* const extent = find_extent(layer->extents, number);
        if (extent == nullptr) continue;
        return layer->file.data() + extent->file_offset + (std::uint64_t{number} * kPageSize - extent->ram_offset);
    }
    return nullptr;
}

Result<void> LayeredRam::find_private_pages() {
    if (thread_faults() == faults_seen_) return {};
    found_.clear();
    MF_TRY(pagemap_.find_private(bytes(), found_));
    private_.clear();
    private_.reserve(found_.size());
    for (const std::uint32_t number : found_) private_.push_back({number, pristine(number)});
    faults_seen_ = thread_faults();
    return {};
}

Result<std::uint64_t> LayeredRam::reset() {
    MF_TRY(find_private_pages());
    if (has_outgrown_the_usual()) {
        const std::uint64_t given_back = private_.size();
        MF_TRY(give_back_all());
        return given_back;
    }
    std::uint64_t pages_copied = 0;
    for (const PrivatePage& page : private_) pages_copied += put_back(page) ? 1 : 0;
    if (usual_private_pages_ == 0) usual_private_pages_ = pages_copied;
    // Reading the pristine side took faults of its own, which made nothing private.
    faults_seen_ = thread_faults();
    return pages_copied;
}

bool LayeredRam::put_back(const PrivatePage& entry) {
    std::byte* const current = page(entry.number);
    // May be the shared zero page, which must not be made private by writing zeroes over it.
    if (entry.pristine == nullptr && is_zero(current)) return false;
    std::memcpy(current, entry.pristine != nullptr ? entry.pristine : kZeroPage, kPageSize);
    return true;
}

bool LayeredRam::has_outgrown_the_usual() const {
    return usual_private_pages_ != 0 && private_.size() > kPrivatePagesKept &&
           private_.size() > kUsualFactor * usual_private_pages_;
}

// One invocation used far more memory than the others. It goes back to the host; should the next one
// need as much again, that is the new usual.
Result<void> LayeredRam::give_back_all() {
    usual_private_pages_ = private_.size() / kUsualFactor + 1;
    private_.clear();
    return give_back(0, ram_.size());
}

std::vector<std::uint32_t> LayeredRam::private_page_numbers() const {
    std::vector<std::uint32_t> numbers;
    numbers.reserve(private_.size());
    for (const PrivatePage& page : private_) numbers.push_back(page.number);
    return numbers;
}

std::vector<std::uint32_t> LayeredRam::layer_page_numbers() const {
    std::vector<std::uint32_t> numbers;
    for (const Layer& layer : layers_)
        for (const Extent& extent : layer.extents)
            for (std::uint64_t at = 0; at < extent.bytes; at += kPageSize)
                numbers.push_back(static_cast<std::uint32_t>((extent.ram_offset + at) / kPageSize));
    std::sort(numbers.begin(), numbers.end());
    numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
    return numbers;
}

}  // namespace mayfly::snapshot
