// The pages of one file by index: a radix tree as high as the largest index needs, so that a sparse
// file costs what it holds.
#pragma once

#include "guest/mm/memory_object.h"

namespace mayfly::guest {

class PageTree {
public:
    PageTree() = default;
    PageTree(const PageTree&) = delete;
    PageTree& operator=(const PageTree&) = delete;
    ~PageTree();  // must hold no page any more

    // The page at index, or kNone.
    static constexpr PhysAddr kNone{~0ull};
    PhysAddr find(u64 index) const;
    // ENOMEM. The index must be free.
    ErrnoOr<void> insert(u64 index, PhysAddr frame);
    // Takes out the page at the lowest index in [first, end); kNone when there is none.
    PhysAddr take_first(u64 first, u64 end);
    // The lowest index >= first with a page, or end.
    u64 next_page(u64 first, u64 end) const;

private:
    static constexpr u32 kBits = 6;
    static constexpr u64 kFanout = 1u << kBits;
    struct Node {
        u64 slot[kFanout];  // child's address or frame + 1; 0 = empty
        u32 used;
    };

    static u64 capacity(u32 height);
    static Node* child(u64 slot) { return reinterpret_cast<Node*>(slot); }
    static Node* make_node();
    // The lowest used index in [first, end) below a node that begins at base; end if there is none.
    static u64 search(const Node& node, u32 height, u64 base, u64 first, u64 end);
    PhysAddr remove(u64 index);
    void prune(u64 index);

    u64 root_ = 0;    // as a slot; at height 0 the page of index 0 itself
    u32 height_ = 0;  // levels of nodes
};

}  // namespace mayfly::guest
