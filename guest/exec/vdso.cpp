#include "guest/exec/vdso.h"

#include "abi/layout.h"

namespace mayfly::guest {

// From guest/time/vdso, page-aligned, in the kernel's own image.
extern "C" const char vdso_image_begin[], vdso_image_end[];

namespace {

class VdsoImage final : public MemoryObject {
public:
    ErrnoOr<PhysAddr> page(u64 index, bool) override {
        const u64 address = reinterpret_cast<u64>(vdso_image_begin) + index * kPageSize;
        if (address >= reinterpret_cast<u64>(vdso_image_end)) return fail(ENXIO);
        return PhysAddr{address - abi::kKernelBase + abi::kKernelPhysicalBase};
    }
};

}  // namespace

ErrnoOr<u64> map_vdso(AddressSpace& space) {
    MapRequest request;
    request.bytes = static_cast<u64>(vdso_image_end - vdso_image_begin);
    request.region.protection = {.read = true, .write = false, .execute = true};
    request.region.object = MF_TRY(make_ref<VdsoImage>());
    request.region.path = MF_TRY(SharedName::of("[vdso]"));
    return space.map(std::move(request));
}

}  // namespace mayfly::guest
