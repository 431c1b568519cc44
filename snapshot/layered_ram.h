// The RAM of one microVM over the layers of its snapshot: memory files mapped privately, one over the
// other (a few pages of an upper layer are copied instead), zeroes where there is none. Clones share what they don't
// write; what one wrote is copied back at a reset, and no mapping is dropped or replaced on the way of a request.
//
// Used by one thread, the vCPU's: a page becomes private by a fault of the thread that writes it (KVM
// takes guest faults on the vCPU's thread; without an in-kernel irqchip it has no asynchronous ones),
// so while that thread's fault count stands still, so does the set of private pages. Whoever else
// writes to bytes() must do so on the same thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "abi/layout.h"
#include "base/error.h"
#include "base/mapping.h"
#include "snapshot/extent.h"
#include "snapshot/pagemap.h"

namespace mayfly::snapshot {

// A memory file. Its extents are sorted by ram_offset and don't overlap. The descriptor is only needed
// during create(); the file must not shrink while the RAM exists.
struct LayerSource {
    int fd;
    std::vector<Extent> extents;
};

// A mapping costs ten microseconds, and where it divides another, KVM forgets what leads to the 2 MiB around it. So an
// extent of an upper layer of at most this is copied, a microsecond or two a page.
inline constexpr std::uint64_t kMaxCopiedBytes = 8 * abi::kPageSize;

class LayeredRam {
public:
    // max_ram_bytes of address space, of which the layers fill at most the first ram_bytes. Later
    // layers lie over earlier ones.
    static Result<LayeredRam> create(std::uint64_t ram_bytes, std::uint64_t max_ram_bytes,
                                     std::span<const LayerSource> layers);
    // With a pagemap of this process that is open already.
    static Result<LayeredRam> create(std::uint64_t ram_bytes, std::uint64_t max_ram_bytes,
                                     std::span<const LayerSource> layers, Pagemap pagemap);

    // Private and writable: what KVM gets. max_ram_bytes long.
    std::span<std::byte> bytes() const { return ram_.bytes(); }

    // More layers, over those there are. What has run was put back by a reset.
    Result<void> add_layers(std::span<const LayerSource> layers);

    // Gives a range, which holds what the layers say, back to them. KVM forgets what leads there.
    Result<void> give_back(std::uint64_t offset, std::uint64_t bytes);

    // Makes these pages private, in their order; numbers beyond the RAM are left out. Before the RAM is shown to KVM
    // that takes a tenth of what a fault of the guest does.
    Result<void> make_private(std::span<const std::uint32_t> pages);

    // Brings private_pages() up to date. Almost free when the thread took no page fault since.
    Result<void> find_private_pages();

    // Puts every byte back to the content of the layers; gives the number of pages that took.
    Result<std::uint64_t> reset();

    std::uint64_t private_pages() const { return private_.size(); }

    // For a capture: the sorted numbers of the private pages, of the pages with content from a layer,
    // and what a page had before the microVM ran; nullptr for zeroes.
    std::vector<std::uint32_t> private_page_numbers() const;
    std::vector<std::uint32_t> layer_page_numbers() const;
    const std::byte* pristine(std::uint32_t page) const { return pristine(page, layers_.size()); }
    // The same without what lies over the first `layers` layers.
    const std::byte* pristine(std::uint32_t page, std::size_t layers) const;
    std::size_t layers() const { return layers_.size(); }

    Pagemap& pagemap() { return pagemap_; }

private:
    struct Layer {
        Mapping file;  // the whole memory file, read-only: where pristine content is copied from
        std::vector<Extent> extents;
    };
    struct PrivatePage {
        std::uint32_t number;
        const std::byte* pristine;
    };

    LayeredRam(Mapping ram, Pagemap pagemap) : ram_(std::move(ram)), pagemap_(std::move(pagemap)) {}
    Result<void> add_layer(std::uint64_t ram_bytes, const LayerSource& source);
    std::byte* page(std::uint32_t number) const { return ram_.data() + std::size_t{number} * 4096; }
    // For sure; others may be too.
    bool is_private(std::uint32_t number) const;
    // Where something was mapped, or given back.
    void forget_private(std::uint64_t offset, std::uint64_t bytes);
    bool put_back(const PrivatePage& page);
    bool has_outgrown_the_usual() const;
    Result<void> give_back_all();
    void fill_in(std::size_t layer, std::uint64_t from, std::uint64_t to);

    Mapping ram_;
    Pagemap pagemap_;
    std::vector<Layer> layers_;
    std::vector<PrivatePage> private_;
    std::vector<std::uint32_t> found_;  // scratch of find_private_pages, kept for its capacity
    std::uint64_t faults_seen_ = ~0ull;
    std::uint64_t usual_private_pages_ = 0;
};

}  // namespace mayfly::snapshot
