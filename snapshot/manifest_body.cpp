#include "snapshot/manifest_body.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <algorithm>
#include <limits>

#include "snapshot.pb.h"

namespace mayfly::snapshot {
namespace {

void encode_cpu(const CpuState& cpu, proto::CpuState& out) {
    out.set_rip(cpu.rip);
    out.set_rsp(cpu.rsp);
    out.set_rflags(cpu.rflags);
    out.set_cr3(cpu.cr3);
    for (const std::uint64_t value : cpu.general) out.add_general(value);
    out.set_fs_base(cpu.fs_base);
    out.set_gs_base(cpu.gs_base);
    out.set_gdt(cpu.gdt);
    out.set_idt(cpu.idt);
    out.set_tss(cpu.tss);
    out.set_syscall_entry(cpu.syscall_entry);
    out.set_xcr0(cpu.xcr0);
    out.set_tick_period_ns(cpu.tick_period_ns);
    out.set_plugged_ram_bytes(cpu.plugged_ram_bytes);
}

Result<CpuState> decode_cpu(const proto::CpuState& in) {
    CpuState cpu{
        in.rip(), in.rsp(), in.rflags(), in.cr3(),           {},        in.fs_base(),        in.gs_base(),
        in.gdt(), in.idt(), in.tss(),    in.syscall_entry(), in.xcr0(), in.tick_period_ns(), in.plugged_ram_bytes()};
    if (in.general_size() != static_cast<int>(cpu.general.size()))
        return fail(ErrorCode::corrupt, "the manifest has another number of registers");
    std::copy(in.general().begin(), in.general().end(), cpu.general.begin());
    return cpu;
}

std::string to_string(const Sha256& digest) { return {digest.begin(), digest.end()}; }

Result<Sha256> decode_digest(const std::string& bytes) {
    Sha256 digest;
    if (bytes.size() != digest.size()) return fail(ErrorCode::corrupt, "a digest in the manifest has the wrong length");
    std::transform(bytes.begin(), bytes.end(), digest.begin(), [](char c) { return static_cast<std::uint8_t>(c); });
    return digest;
}

void encode_features(const CpuFeatures& features, proto::Body& out) {
    out.set_cpu_vendor(features.vendor);
    for (const CpuLeaf& leaf : features.leaves) {
        proto::CpuLeaf& entry = *out.add_cpu_features();
        entry.set_leaf(leaf.leaf);
        entry.set_subleaf(leaf.subleaf);
        entry.set_eax(leaf.eax);
        entry.set_ebx(leaf.ebx);
        entry.set_ecx(leaf.ecx);
        entry.set_edx(leaf.edx);
    }
}

CpuFeatures decode_features(const proto::Body& in) {
    CpuFeatures features{in.cpu_vendor(), {}};
    for (const proto::CpuLeaf& leaf : in.cpu_features())
        features.leaves.push_back({leaf.leaf(), leaf.subleaf(), leaf.eax(), leaf.ebx(), leaf.ecx(), leaf.edx()});
    return features;
}

// Protobuf's own limits allow more than we ever write.
Result<proto::Body> parse(std::string_view bytes) {
    constexpr int kDeepestNesting = 4;
    google::protobuf::io::ArrayInputStream array(bytes.data(), static_cast<int>(bytes.size()));
    google::protobuf::io::CodedInputStream stream(&array);
    stream.SetRecursionLimit(kDeepestNesting);
    proto::Body body;
    if (!body.ParseFromCodedStream(&stream) || !stream.ConsumedEntireMessage())
        return fail(ErrorCode::corrupt, "the manifest can't be decoded");
    return body;
}

}  // namespace

Result<std::string> encode_body(const Manifest& manifest) {
    proto::Body body;
    encode_cpu(manifest.cpu, *body.mutable_cpu());
    for (const Extent& extent : manifest.extents) {
        proto::Extent& entry = *body.add_extents();
        entry.set_ram_offset(extent.ram_offset);
        entry.set_file_offset(extent.file_offset);
        entry.set_bytes(extent.bytes);
    }
    for (const std::uint64_t frame : manifest.page_table_frames) body.add_page_table_frames(frame);
    body.set_monotonic_ns(manifest.monotonic_ns);
    body.set_ram_bytes(manifest.ram_bytes);
    for (const WindowImage& window : manifest.windows) {
        proto::Window& entry = *body.add_windows();
        entry.set_bytes(window.bytes);
        entry.set_mount_path(window.mount_path);
        entry.set_digest(to_string(window.digest));
    }
    if (manifest.base_digest) body.set_base_digest(to_string(*manifest.base_digest));
    body.set_build_id(manifest.build_id);
    body.set_created_at(manifest.created_at);
    encode_features(manifest.cpu_features, body);
    body.mutable_working_set()->Assign(manifest.working_set.begin(), manifest.working_set.end());
    body.mutable_replaced_pages()->Assign(manifest.replaced_pages.begin(), manifest.replaced_pages.end());
    std::string bytes;
    if (!body.SerializeToString(&bytes)) return fail(ErrorCode::internal, "the manifest can't be encoded");
    return bytes;
}

Result<void> decode_body(std::string_view bytes, Manifest& manifest) {
    const proto::Body body = MF_TRY(parse(bytes));
    manifest.cpu = MF_TRY(decode_cpu(body.cpu()));
    if (body.extents_size() > static_cast<int>(kMaxExtents) ||
        body.page_table_frames_size() > static_cast<int>(kMaxPageTableFrames) ||
        body.working_set_size() > static_cast<int>(kMaxWorkingSet) ||
        body.replaced_pages_size() > static_cast<int>(kMaxWorkingSet))
        return fail(ErrorCode::too_large, "the manifest lists more than the limits allow");
    for (const proto::Extent& extent : body.extents())
        manifest.extents.push_back({extent.ram_offset(), extent.file_offset(), extent.bytes()});
    manifest.page_table_frames.assign(body.page_table_frames().begin(), body.page_table_frames().end());
    manifest.monotonic_ns = body.monotonic_ns();
    manifest.ram_bytes = body.ram_bytes();
    for (const proto::Window& window : body.windows()) {
        const Sha256 digest = MF_TRY(decode_digest(window.digest()));
        manifest.windows.push_back({window.bytes(), window.mount_path(), digest});
    }
    if (!body.base_digest().empty()) manifest.base_digest = MF_TRY(decode_digest(body.base_digest()));
    manifest.build_id = body.build_id();
    manifest.created_at = body.created_at();
    manifest.cpu_features = decode_features(body);
    manifest.working_set.assign(body.working_set().begin(), body.working_set().end());
    manifest.replaced_pages.assign(body.replaced_pages().begin(), body.replaced_pages().end());
    return {};
}

}  // namespace mayfly::snapshot
