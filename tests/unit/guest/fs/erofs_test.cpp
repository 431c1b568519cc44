#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <set>
#include <string>

#include "guest/fs/erofs.h"

namespace mayfly::guest {
namespace {

namespace fs = std::filesystem;

using Image = std::vector<std::byte>;

// A tree with what the reader must know: files of every size class, a directory of many blocks, links.
class Tree {
public:
    Tree() {
        char path[] = "/tmp/erofs-test-XXXXXX";
        root_ = ::mkdtemp(path);
        write("empty", "");
        write("small", "twelve bytes");
        write("page", std::string(4096, 'p'));
        write("large", large());
        fs::create_directories(root_ / "tree/a/b");
        write("tree/a/b/leaf", "leaf");
        fs::create_directory(root_ / "many");
        for (int i = 0; i < 500; ++i) write("many/entry-" + std::to_string(i), std::to_string(i));
        fs::create_symlink("tree/a", root_ / "link");
        fs::create_hard_link(root_ / "small", root_ / "twin");
        write("sparse", "x");
        fs::resize_file(root_ / "sparse", 3 << 20);
    }
    ~Tree() { fs::remove_all(root_); }

    static std::string large() {
        std::string text;
        for (int i = 0; text.size() < 300'000; ++i) text += std::to_string(i) + ",";
        return text;
    }

    Image make_image(const std::string& options) const {
        const std::string file = root_.string() + ".image";
        const std::string command = "mkfs.erofs -x-1 --all-root --quiet " + options + " " + file + " " + root_.string();
        EXPECT_EQ(std::system((command + " > /dev/null 2>&1").c_str()), 0) << command;
        std::ifstream in(file, std::ios::binary);
        const std::string bytes{std::istreambuf_iterator<char>(in), {}};
        fs::remove(file);
        Image image(bytes.size());
        std::memcpy(image.data(), bytes.data(), bytes.size());
        return image;
    }

private:
    void write(const std::string& name, const std::string& text) const {
        std::ofstream(root_ / name, std::ios::binary) << text;
    }
    fs::path root_;
};

const Tree& tree() {
    static const Tree tree;
    return tree;
}

ErrnoOr<ErofsNode> walk(const ErofsImage& image, std::string_view path) {
    auto node = MF_TRY(image.node(image.root_nid()));
    while (!path.empty()) {
        const auto slash = path.find('/');
        const auto entry = MF_TRY(image.find(node, path.substr(0, slash)));
        node = MF_TRY(image.node(entry.nid));
        path = slash == std::string_view::npos ? std::string_view{} : path.substr(slash + 1);
    }
    return node;
}

ErrnoOr<std::string> contents(const ErofsImage& image, const ErofsNode& node) {
    std::string text;
    while (text.size() < node.size) {
        const auto extent = MF_TRY(image.extent(node, text.size()));
        const auto bytes = MF_TRY(image.data(extent));
        if (extent.hole)
            text.append(extent.bytes, '\0');
        else
            text.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    }
    return text;
}

// Reads everything there is, as a mounted image would be read.
void read_all(const ErofsImage& image, u64 nid, int depth = 0) {
    const auto node = image.node(nid);
    if (!node || depth > 8) return;
    if (S_ISDIR(node->mode)) {
        u64 cursor = 0;
        for (int count = 0; count < 5000; ++count) {
            const auto entry = image.next_entry(*node, cursor);
            if (!entry || !*entry) break;
            static_cast<void>(image.find(*node, (*entry)->name));
            if ((*entry)->name != "." && (*entry)->name != "..") read_all(image, (*entry)->nid, depth + 1);
        }
    } else if (node->size < 8 << 20) {
        static_cast<void>(contents(image, *node));
    }
}

class ErofsReads : public testing::TestWithParam<const char*> {
protected:
    void SetUp() override {
        static std::map<std::string, Image> images;
        Image& image = images[GetParam()];
        if (image.empty()) image = tree().make_image(GetParam());
        bytes_ = image;
        auto opened = ErofsImage::open(bytes_);
        ASSERT_TRUE(opened);
        image_ = *opened;
    }
    std::string read(std::string_view path) {
        const auto node = walk(image_, path);
        if (!node) return "errno " + std::to_string(node.error().value);
        const auto text = contents(image_, *node);
        return text ? *text : "errno " + std::to_string(text.error().value);
    }
    Image bytes_;
    ErofsImage image_;
};

TEST_P(ErofsReads, FilesOfEverySizeClass) {
    EXPECT_EQ(read("empty"), "");
    EXPECT_EQ(read("small"), "twelve bytes");
    EXPECT_EQ(read("page"), std::string(4096, 'p'));
    EXPECT_EQ(read("large"), Tree::large());
    EXPECT_EQ(read("sparse"), "x" + std::string((3 << 20) - 1, '\0'));
}

TEST_P(ErofsReads, NamesInADirectoryOfManyBlocks) {
    for (int i = 0; i < 500; ++i) EXPECT_EQ(read("many/entry-" + std::to_string(i)), std::to_string(i));
    EXPECT_EQ(read("many/entry-500"), "errno 2");
    EXPECT_EQ(read("many/a"), "errno 2");
    EXPECT_EQ(read("many/zzz"), "errno 2");
    EXPECT_EQ(read("many/entry-"), "errno 2");
}

TEST_P(ErofsReads, EveryEntryOnceWhenListed) {
    const auto directory = walk(image_, "many");
    ASSERT_TRUE(directory);

    std::multiset<std::string> names;
    u64 cursor = 0;
    for (;;) {
        const auto entry = image_.next_entry(*directory, cursor);
        ASSERT_TRUE(entry);
        if (!*entry) break;
        names.insert(std::string((*entry)->name));
    }

    EXPECT_EQ(names.size(), 502u);
    EXPECT_EQ(names.count("."), 1u);
    EXPECT_EQ(names.count("entry-499"), 1u);
}

TEST_P(ErofsReads, SymlinksAndHardLinks) {
    EXPECT_EQ(read("link"), "tree/a");
    EXPECT_EQ(walk(image_, "small")->nid, walk(image_, "twin")->nid);
    EXPECT_EQ(walk(image_, "small")->links, 2u);
    EXPECT_EQ(read("tree/a/b/leaf"), "leaf");
}

// hostile: D5 D12
TEST_P(ErofsReads, NothingOutsideWhenTruncated) {
    // A copy of the exact size each time, so that the sanitizer sees a read behind its end.
    for (usize size = 0; size < bytes_.size(); size += size < 8192 ? 512 : 97 * 1024) {
        const Image cut(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(size));
        const auto opened = ErofsImage::open(cut);
        if (opened) read_all(*opened, opened->root_nid());
    }
}

// hostile: D2 D3 D5 D6 D14
TEST_P(ErofsReads, NothingOutsideWhenBitsAreFlipped) {
    std::mt19937 random(1);
    for (int round = 0; round < 20; ++round) {
        Image damaged = bytes_;
        // Most of what counts lies near the beginning: superblock, inodes, directories.
        for (int flip = 0; flip < 40; ++flip) {
            const usize reach = flip % 2 == 0 ? 16384 : damaged.size();
            damaged[1024 + random() % (reach - 1024)] ^= std::byte(1u << (random() % 8));
        }
        const auto opened = ErofsImage::open(damaged);
        if (opened) read_all(*opened, opened->root_nid());
    }
}

INSTANTIATE_TEST_SUITE_P(Layouts, ErofsReads,
                         testing::Values("-E noinline_data,force-inode-compact", "-E force-inode-extended",
                                         "-E force-inode-compact", "--chunksize=4096", "--chunksize=65536"));

// hostile: D13
TEST(Erofs, RefusesWhatIsNoImage) {
    EXPECT_FALSE(ErofsImage::open({}));
    EXPECT_FALSE(ErofsImage::open(Image(4096)));
}

// hostile: D1
TEST(Erofs, RefusesEveryOtherBlockSize) {
    Image image = tree().make_image("-E noinline_data,force-inode-compact");
    constexpr usize kBlockBitsAt = 1024 + 12;  // of the superblock
    for (unsigned bits = 0; bits < 256; ++bits) {
        image[kBlockBitsAt] = static_cast<std::byte>(bits);

        EXPECT_EQ(ErofsImage::open(image).has_value(), bits == 12) << bits;
    }
}

// hostile: D9
TEST(Erofs, RefusesCompressedImages) {
    const Image image = tree().make_image("-zlz4hc");

    const auto opened = ErofsImage::open(image);

    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().value, EINVAL);
}

}  // namespace
}  // namespace mayfly::guest
