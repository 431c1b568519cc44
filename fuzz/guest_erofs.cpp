// The guest's EROFS reader over any image: the whole tree is walked, a step at a time, and both ends of every extent
// read.
// hostile: D1 D2 D3 D4 D5 D6 D7 D9 D10 D13 D14
#include <sys/stat.h>

#include <vector>

#include "fuzz/target.h"
#include "guest/fs/erofs.h"

using namespace mayfly;
using namespace mayfly::guest;

namespace {

constexpr int kMaxSteps = 60;

class Walk {
public:
    Walk(const ErofsImage& image, u64 probe) : image_(image), probe_(probe) {}

    void run() {
        pending_.push_back(image_.root_nid());
        pending_.push_back(probe_);
        while (!pending_.empty() && steps_ < kMaxSteps) {
            const u64 nid = pending_.back();
            pending_.pop_back();
            visit(nid);
        }
    }

private:
    void visit(u64 nid) {
        ++steps_;
        const auto node = image_.node(nid);
        if (!node) return;
        if (S_ISDIR(node->mode))
            list(*node);
        else
            read(*node);
    }

    void list(const ErofsNode& directory) {
        for (u64 cursor = 0; steps_ < kMaxSteps; ++steps_) {
            const auto entry = image_.next_entry(directory, cursor);
            if (!entry || !*entry) break;
            const ErofsEntry& found = **entry;
            MF_REQUIRE(!found.name.empty() && found.name.size() <= 255);
            MF_REQUIRE(found.name.find('/') == found.name.npos && found.name.find('\0') == found.name.npos);
            static_cast<void>(image_.find(directory, found.name));
            pending_.push_back(found.nid);
        }
        static_cast<void>(image_.find(directory, "lib"));
    }

    void read(const ErofsNode& file) {
        u64 at = 0;
        for (; at < file.size && steps_ < kMaxSteps; ++steps_) {
            const auto extent = image_.extent(file, at);
            if (!extent) return;
            MF_REQUIRE(extent->bytes > 0 && extent->bytes <= file.size - at);
            const auto bytes = image_.data(*extent);
            MF_REQUIRE(bytes && (extent->hole || bytes->size() == extent->bytes));
            if (!bytes->empty()) ends_ = ends_ ^ bytes->front() ^ bytes->back();
            at += extent->bytes;
        }
    }

    const ErofsImage& image_;
    u64 probe_;
    int steps_ = 0;
    volatile std::byte ends_{};  // so that they are read
    std::vector<u64> pending_;
};

}  // namespace

MF_FUZZ_TARGET(input) {
    const u64 probe = input.take<std::uint16_t>();
    const auto image = ErofsImage::open(input.rest());
    if (image) Walk(*image, probe).run();
}
