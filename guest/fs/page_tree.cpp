#include "guest/fs/page_tree.h"

#include "guest/lib/assert.h"

namespace mayfly::guest {

// Frames are kept plus one, so that frame 0 is not an empty slot.
namespace {
constexpr u64 slot_of(PhysAddr frame) { return raw(frame) + 1; }
constexpr PhysAddr frame_of(u64 slot) { return PhysAddr{slot - 1}; }
}  // namespace

PageTree::~PageTree() { MF_ASSERT(root_ == 0); }

// How many indexes a tree of that height has; all there are from height 11 on.
u64 PageTree::capacity(u32 height) { return height * kBits >= 64 ? ~0ull : u64{1} << (height * kBits); }

PageTree::Node* PageTree::make_node() {
    void* block = heap_allocate(sizeof(Node));
    return block == nullptr ? nullptr : ::new (block) Node{};
}

PhysAddr PageTree::find(u64 index) const {
    if (root_ == 0 || index >= capacity(height_)) return kNone;
    u64 slot = root_;
    for (u32 level = height_; level > 0 && slot != 0; --level)
        slot = child(slot)->slot[(index >> ((level - 1) * kBits)) % kFanout];
    return slot == 0 ? kNone : frame_of(slot);
}

ErrnoOr<void> PageTree::insert(u64 index, PhysAddr frame) {
    while (index >= capacity(height_)) {
        if (root_ != 0) {
            Node* above = make_node();
            if (above == nullptr) return fail(ENOMEM);
            above->slot[0] = root_;
            above->used = 1;
            root_ = reinterpret_cast<u64>(above);
        }
        ++height_;
    }
    u64* slot = &root_;
    Node* owner = nullptr;
    for (u32 level = height_; level > 0; --level) {
        if (*slot == 0) {
            Node* node = make_node();
            if (node == nullptr) {
                prune(index);
                return fail(ENOMEM);
            }
            *slot = reinterpret_cast<u64>(node);
            if (owner != nullptr) ++owner->used;
        }
        owner = child(*slot);
        slot = &owner->slot[(index >> ((level - 1) * kBits)) % kFanout];
    }
    MF_ASSERT(*slot == 0);
    *slot = slot_of(frame);
    if (owner != nullptr) ++owner->used;
    return {};
}

// Frees the nodes on the way to index that hold nothing, from the lowest up.
void PageTree::prune(u64 index) {
    constexpr u32 kMaxHeight = 64 / kBits + 1;
    u64* path[kMaxHeight + 1];
    u32 depth = 0;
    u64* slot = &root_;
    for (u32 level = height_; level > 0 && *slot != 0; --level) {
        path[depth++] = slot;
        slot = &child(*slot)->slot[(index >> ((level - 1) * kBits)) % kFanout];
    }
    while (depth > 0 && child(*path[depth - 1])->used == 0) {
        heap_free(child(*path[--depth]));
        *path[depth] = 0;
        if (depth > 0) --child(*path[depth - 1])->used;
    }
    if (root_ == 0) height_ = 0;
}

PhysAddr PageTree::remove(u64 index) {
    u64* slot = &root_;
    Node* owner = nullptr;
    for (u32 level = height_; level > 0; --level) {
        owner = child(*slot);
        slot = &owner->slot[(index >> ((level - 1) * kBits)) % kFanout];
    }
    const PhysAddr frame = frame_of(*slot);
    *slot = 0;
    if (owner != nullptr && --owner->used == 0) prune(index);
    if (root_ == 0) height_ = 0;
    return frame;
}

u64 PageTree::search(const Node& node, u32 height, u64 base, u64 first, u64 end) {
    const u64 unit = capacity(height - 1);
    u64 i = first > base ? (first - base) / unit : 0;
    for (; i < kFanout && base + i * unit < end; ++i) {
        if (node.slot[i] == 0) continue;
        const u64 start = base + i * unit;
        if (height == 1) return start;
        const u64 found = search(*child(node.slot[i]), height - 1, start, first, end);
        if (found < end) return found;
    }
    return end;
}

u64 PageTree::next_page(u64 first, u64 end) const {
    if (root_ == 0 || first >= end || first >= capacity(height_)) return end;
    if (height_ == 0) return 0;
    return search(*child(root_), height_, 0, first, end);
}

PhysAddr PageTree::take_first(u64 first, u64 end) {
    const u64 index = next_page(first, end);
    return index < end ? remove(index) : kNone;
}

}  // namespace mayfly::guest
