#include "bench/peers/oci_bundle.h"

#include <sys/stat.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

namespace mayfly::bench {
namespace {

using nlohmann::json;

json mount(const char* destination, const char* type, const char* source, json options) {
    return {{"destination", destination}, {"type", type}, {"source", source}, {"options", std::move(options)}};
}

json mounts() {
    const json read_only = {"rbind", "ro", "nosuid", "nodev"};
    return {mount("/proc", "proc", "proc", {"nosuid", "noexec", "nodev"}),
            mount("/dev", "tmpfs", "tmpfs", {"nosuid", "strictatime", "mode=755", "size=65536k"}),
            mount("/usr", "bind", "/usr", read_only), mount("/etc", "bind", "/etc", read_only)};
}

json namespaces(bool rootless) {
    json list = json::array();
    for (const char* type : {"pid", "network", "ipc", "uts", "mount", "cgroup"}) list.push_back({{"type", type}});
    if (rootless) list.push_back({{"type", "user"}});
    return list;
}

json configuration(const std::string& python) {
    const bool rootless = ::geteuid() != 0;
    json linux_part = {{"namespaces", namespaces(rootless)}};
    if (rootless) {
        linux_part["uidMappings"] = {{{"containerID", 0}, {"hostID", ::geteuid()}, {"size", 1}}};
        linux_part["gidMappings"] = {{{"containerID", 0}, {"hostID", ::getegid()}, {"size", 1}}};
    }
    return {{"ociVersion", "1.0.2"},
            {"process",
             {{"terminal", false},
              {"user", {{"uid", 0}, {"gid", 0}}},
              {"args", {python, "-S", "-c", "pass"}},
              {"env", {"PATH=/usr/bin:/bin"}},
              {"cwd", "/"},
              {"noNewPrivileges", true}}},
            {"root", {{"path", "rootfs"}, {"readonly", true}}},
            {"hostname", "bench"},
            {"mounts", mounts()},
            {"linux", std::move(linux_part)}};
}

}  // namespace

Result<std::string> make_oci_bundle(const TemporaryFolder& folder, const std::string& python) {
    std::string bundle = MF_TRY(folder.make_folder("bundle"));
    for (const char* name :
         {"bundle/rootfs", "bundle/rootfs/proc", "bundle/rootfs/dev", "bundle/rootfs/usr", "bundle/rootfs/etc"})
        MF_TRY(folder.make_folder(name));
    // Debian's merged /usr.
    for (const char* name : {"bin", "lib", "lib64"})
        if (::symlink((std::string("usr/") + name).c_str(), (bundle + "/rootfs/" + name).c_str()) != 0)
            return fail_errno(ErrorCode::io, "symlink in " + bundle);
    const std::string text = configuration(python).dump(2);
    MF_TRY(folder.write("bundle/config.json", std::as_bytes(std::span(text)), 0644));
    return bundle;
}

}  // namespace mayfly::bench
