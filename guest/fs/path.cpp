#include "guest/fs/path.h"

#include "guest/fs/file.h"

namespace mayfly::guest {

std::string_view PathComponents::next() {
    const usize start = rest_.find_first_not_of('/');
    if (start == std::string_view::npos) {
        rest_ = {};
        return {};
    }
    rest_.remove_prefix(start);
    const usize end = rest_.find('/');
    const std::string_view component = rest_.substr(0, end);
    rest_.remove_prefix(component.size());
    return component;
}

namespace {

// Is a symlink followed that is the last component?
enum class Follow { always, with_slash, never };

class Walker {
public:
    Walker(const FsContext& context, Ref<Dentry> start, std::string_view path, Follow follow)
        : root_(context.root()), here_(std::move(start)), components_(path), follow_(follow) {
        if (path.starts_with('/')) here_ = root_;
    }

    ErrnoOr<Walked> run();

private:
    ErrnoOr<void> step(std::string_view name, bool last);
    ErrnoOr<void> enter_link(Dentry& link, bool last);
    bool follows_last() const {
        return follow_ == Follow::always || (follow_ == Follow::with_slash && components_.trailing_slash());
    }
    void finish(LastKind kind, std::string_view name, Ref<Dentry> entry);

    Ref<Dentry> root_;
    Ref<Dentry> here_;
    PathComponents components_;
    Follow follow_;
    int symlinks_ = 0;
    Walked result_;
    bool done_ = false;
};

void Walker::finish(LastKind kind, std::string_view name, Ref<Dentry> entry) {
    result_.directory = here_;
    result_.name = name;
    result_.kind = kind;
    result_.trailing_slash = components_.trailing_slash();
    result_.entry = std::move(entry);
    done_ = true;
}

ErrnoOr<void> Walker::enter_link(Dentry& link, bool last) {
    if (++symlinks_ > kMaxSymlinks) return fail(ELOOP);
    auto target = MF_TRY(link.inode().follow());
    if (target.file) {
        if (!last) return fail(ENOTDIR);
        finish(LastKind::object, {}, nullptr);
        result_.file = std::move(target.file);
        return {};
    }
    if (target.dentry) {
        if (last) {
            finish(LastKind::object, {}, std::move(target.dentry));
            return {};
        }
        here_ = std::move(target.dentry);
        return {};
    }
    if (target.text.empty()) return fail(ENOENT);
    if (target.text.view().front() == '/') here_ = root_;
    // What is left of the path now follows the link's text.
    String joined = std::move(target.text);
    MF_TRY(joined.append(components_.rest()));
    components_ = PathComponents(joined.view());
    result_.storage = std::move(joined);
    return {};
}

ErrnoOr<void> Walker::step(std::string_view name, bool last) {
    if (!here_->inode().is_directory()) return fail(ENOTDIR);
    if (name == ".") {
        if (last) finish(LastKind::dot, name, here_);
        return {};
    }
    if (name == "..") {
        Ref<Dentry> above = here_ == root_ || !here_->parent() ? here_ : here_->parent();
        if (last)
            finish(LastKind::dot_dot, name, std::move(above));
        else
            here_ = std::move(above);
        return {};
    }
    auto found = here_->child(name);
    if (!found) {
        if (found.error().value != ENOENT || !last) return Unexpected(found.error());
        finish(LastKind::name, name, nullptr);
        return {};
    }
    Ref<Dentry> entry = std::move(found).value();
    if (entry->inode().is_symlink() && (!last || follows_last())) return enter_link(*entry, last);
    if (last)
        finish(LastKind::name, name, std::move(entry));
    else
        here_ = std::move(entry);
    return {};
}

ErrnoOr<Walked> Walker::run() {
    while (!done_) {
        const std::string_view name = components_.next();
        if (name.empty()) {
            // Only slashes: the root, or a link whose text was only slashes.
            finish(LastKind::root, {}, here_);
            break;
        }
        MF_TRY(step(name, components_.at_end()));
    }
    return std::move(result_);
}

}  // namespace

ErrnoOr<Walked> walk(const FsContext& context, Ref<Dentry> start, std::string_view path, bool follow_last) {
    if (path.empty()) return fail(ENOENT);
    return Walker(context, std::move(start), path, follow_last ? Follow::always : Follow::with_slash).run();
}

ErrnoOr<Walked> walk_to_name(const FsContext& context, Ref<Dentry> start, std::string_view path) {
    if (path.empty()) return fail(ENOENT);
    return Walker(context, std::move(start), path, Follow::never).run();
}

ErrnoOr<Ref<Dentry>> resolve(const FsContext& context, Ref<Dentry> start, std::string_view path, bool follow_last) {
    auto end = MF_TRY(walk(context, std::move(start), path, follow_last));
    // An open file without a name has no place in the tree: fstat and the like go through its descriptor.
    if (!end.entry) return fail(ENOENT);
    if (end.trailing_slash && !end.entry->inode().is_directory()) return fail(ENOTDIR);
    return std::move(end.entry);
}

}  // namespace mayfly::guest
