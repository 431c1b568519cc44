#include "base/directory.h"

#include <dirent.h>

#include <memory>

namespace mayfly {

Result<std::vector<std::string>> entries_of(const std::filesystem::path& folder) {
    struct Close {
        void operator()(DIR* directory) const { ::closedir(directory); }
    };
    const std::unique_ptr<DIR, Close> directory(::opendir(folder.c_str()));
    if (!directory) return fail_errno(ErrorCode::io, "listing " + folder.string());
    std::vector<std::string> names;
    for (;;) {
        errno = 0;
        const dirent* entry = ::readdir(directory.get());
        if (entry == nullptr) break;
        const std::string_view name = entry->d_name;
        if (name != "." && name != "..") names.emplace_back(name);
    }
    if (errno != 0) return fail_errno(ErrorCode::io, "listing " + folder.string());
    return names;
}

}  // namespace mayfly
