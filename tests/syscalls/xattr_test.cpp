// Extended attributes: setxattr, getxattr, listxattr, removexattr and their l and f forms.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <vector>

#include "cases.h"

using namespace mayfly::tests;

namespace {

std::string value_of(const char* path, const char* name) {
    char bytes[256];
    const ssize_t length = ::getxattr(path, name, bytes, sizeof bytes);
    return length < 0 ? outcome(length) : std::string(bytes, static_cast<std::size_t>(length));
}

// The "user." names, sorted; others depend on the host's security modules.
std::string names_of(const char* path) {
    char bytes[1024];
    const ssize_t length = ::listxattr(path, bytes, sizeof bytes);
    if (length < 0) return outcome(length);
    std::vector<std::string> names;
    for (const char* at = bytes; at < bytes + length; at += std::string(at).size() + 1)
        if (std::string(at).starts_with("user.")) names.push_back(at);
    std::sort(names.begin(), names.end());
    std::string all;
    for (const auto& name : names) all += name + " ";
    return all;
}

}  // namespace

CASE(xattr_is_kept_replaced_and_removed) {
    EXPECT(write_file("file", ""));
    OUTCOME(::getxattr("file", "user.color", nullptr, 0));
    OUTCOME(::setxattr("file", "user.color", "red", 3, 0));
    SHOW(value_of("file", "user.color"));
    OUTCOME(::setxattr("file", "user.color", "green", 5, 0));
    SHOW(value_of("file", "user.color"));
    OUTCOME(::setxattr("file", "user.empty", "", 0, 0));
    SHOW(value_of("file", "user.empty"));
    SHOW(names_of("file"));
    OUTCOME(::removexattr("file", "user.color"));
    OUTCOME(::removexattr("file", "user.color"));
    SHOW(names_of("file"));
}

CASE(xattr_create_and_replace_flags) {
    EXPECT(write_file("file", ""));
    OUTCOME(::setxattr("file", "user.a", "1", 1, XATTR_REPLACE));
    OUTCOME(::setxattr("file", "user.a", "1", 1, XATTR_CREATE));
    OUTCOME(::setxattr("file", "user.a", "2", 1, XATTR_CREATE));
    OUTCOME(::setxattr("file", "user.a", "3", 1, XATTR_REPLACE));
    OUTCOME(::setxattr("file", "user.a", "3", 1, 4));
    SHOW(value_of("file", "user.a"));
}

CASE(xattr_sizes) {
    EXPECT(write_file("file", ""));
    EXPECT(::setxattr("file", "user.a", "12345", 5, 0) == 0);
    char small[3];
    SHOW(::getxattr("file", "user.a", nullptr, 0));
    OUTCOME(::getxattr("file", "user.a", small, sizeof small));
    const std::string large(70000, 'x');
    OUTCOME(::setxattr("file", "user.large", large.data(), large.size(), 0));
}

CASE(xattr_names_that_can_not_be) {
    EXPECT(write_file("file", ""));
    OUTCOME(::setxattr("file", "", "1", 1, 0));
    OUTCOME(::setxattr("file", "user.", "1", 1, 0));
    OUTCOME(::setxattr("file", "color", "1", 1, 0));
    OUTCOME(::setxattr("file", ("user." + std::string(300, 'n')).c_str(), "1", 1, 0));
    OUTCOME(::getxattr("missing", "user.a", nullptr, 0));
    OUTCOME(::listxattr("missing", nullptr, 0));
}

CASE(xattr_of_directories_links_and_descriptors) {
    EXPECT(::mkdir("folder", 0755) == 0);
    EXPECT(::symlink("folder", "link") == 0);
    OUTCOME(::setxattr("link", "user.a", "through", 7, 0));
    SHOW(value_of("folder", "user.a"));
    OUTCOME(::lsetxattr("link", "user.a", "x", 1, 0));
    OUTCOME(::lgetxattr("link", "user.a", nullptr, 0));
    OUTCOME(::lremovexattr("link", "user.a"));
    const int fd = ::open("folder", O_RDONLY);
    SHOW(::fgetxattr(fd, "user.a", nullptr, 0));
    OUTCOME(::fsetxattr(fd, "user.b", "b", 1, 0));
    OUTCOME(::fremovexattr(fd, "user.a"));
    OUTCOME(::flistxattr(-1, nullptr, 0));
    OUTCOME(::llistxattr("link", nullptr, 0));
    SHOW(names_of("folder"));
    ::close(fd);
}
