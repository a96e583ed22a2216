#include "local/git_index_file.hpp"

#include <algorithm>
#include <optional>

#include "base/digest.hpp"

namespace lockstep::git {

namespace {

std::unexpected<Error> misfit(std::string why) {
  return fail(ErrorKind::invalid, std::move(why));
}
std::unexpected<Error> not_whole() {
  return misfit("is not whole; `git status` in the repository tells what is wrong with it");
}

/// A big-endian number of `size` bytes at the front, taken away; the caller checked the length.
std::uint64_t take_number(std::string_view& bytes, std::size_t size) {
  std::uint64_t out = 0;
  for (const unsigned char byte : bytes.substr(0, size)) out = out << 8 | byte;
  bytes.remove_prefix(size);
  return out;
}

/// The two parts of a word that begins a run: how many equal words follow, and how many literal.
std::uint64_t equal_words(std::uint64_t run) {
  return run >> 1 & 0xFFFF'FFFFU;
}
std::uint64_t literal_words(std::uint64_t run) {
  return run >> 33;
}

/// How a repository names objects: the size decides the layout of its index.
struct Hash {
  std::size_t size = 0;
  std::string (*hex)(std::string_view) = nullptr;
};
constexpr Hash hashes[] = {{20, sha1_hex}, {32, sha256_hex}};

/// Reads the entries of an index one after another, then its extensions.
class IndexReader {
 public:
  /// `bytes` without the checksum.
  IndexReader(std::string_view bytes, std::size_t hash, std::string_view wanted)
      : bytes_(bytes), hash_(hash), wanted_(wanted) {}

  Result<IndexLook> read() {
    if (bytes_.size() < 12 || !bytes_.starts_with("DIRC")) return not_whole();
    bytes_.remove_prefix(4);
    version_ = take_number(bytes_, 4);
    if (version_ < 2 || version_ > 4) {
      return misfit("has version " + std::to_string(version_) +
                    ", which lockstep does not know; run: git update-index --index-version 4");
    }
    const auto entries = take_number(bytes_, 4);
    for (std::uint64_t i = 0; i < entries; ++i) {
      TRY_OK(entry());
      if (name_ == wanted_) out_.entries.push_back(i);
    }
    while (!bytes_.empty()) TRY_OK(extension());
    return std::move(out_);
  }

 private:
  Status entry() {
    const auto all = bytes_;
    // Ten numbers of 4 bytes (the seventh is the mode), the object's name, the flags.
    const std::size_t facts = 40 + hash_ + 2;
    if (all.size() < facts) return not_whole();
    auto at_mode = all.substr(24);
    const bool folder = (take_number(at_mode, 4) & 0170000U) == 0040000U;
    auto at_flags = all.substr(40 + hash_);
    const auto flags = take_number(at_flags, 2);
    const bool extended = (flags & 0x4000U) != 0;
    if (extended && version_ == 2) return not_whole();
    bytes_.remove_prefix(std::min(all.size(), facts + (extended ? 2 : 0)));
    if (version_ == 4) {
      TRY_OK(drop_prefix());
    } else {
      name_.clear();
    }
    const auto end = bytes_.find('\0');
    if (end == std::string_view::npos) return not_whole();
    const auto length = version_ == 4 ? name_.size() + end : end;
    if (std::min<std::size_t>(length, 0xFFF) != (flags & 0xFFFU)) return not_whole();
    name_ += bytes_.substr(0, end);
    bytes_.remove_prefix(end);
    TRY_OK(pass_padding(all.size() - bytes_.size()));
    if (folder && wanted_.starts_with(name_)) out_.folded = true;
    return {};
  }

  /// One NUL in version 4; before, as many as make the entry's `size` a multiple of 8.
  Status pass_padding(std::size_t size) {
    const std::size_t nuls = version_ == 4 ? 1 : 8 - size % 8;
    if (bytes_.size() < nuls || bytes_.find_first_not_of('\0') < nuls) return not_whole();
    bytes_.remove_prefix(nuls);
    return {};
  }

  /// Version 4 keeps of each name what differs from the one before; the number of bytes to drop
  /// is a variable-width integer as in pack files' offsets.
  Status drop_prefix() {
    std::uint64_t drop = 0;
    for (bool first = true;; first = false) {
      if (bytes_.empty() || drop > name_.size()) return not_whole();
      const auto byte = take_number(bytes_, 1);
      drop = first ? byte & 0x7FU : ((drop + 1) << 7 | (byte & 0x7FU));
      if ((byte & 0x80U) == 0) break;
    }
    if (drop > name_.size()) return not_whole();
    name_.resize(name_.size() - drop);
    return {};
  }

  /// Extensions whose name begins with a capital may be passed over.
  Status extension() {
    if (bytes_.size() < 8) return not_whole();
    const auto name = bytes_.substr(0, 4);
    bytes_.remove_prefix(4);
    const auto size = take_number(bytes_, 4);
    if (size > bytes_.size()) return not_whole();
    const auto data = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    // `sdir` says that entries may be folders; each entry is asked for that.
    if ((name.front() >= 'A' && name.front() <= 'Z') || name == "sdir") return {};
    if (name == "link") return link(data);
    return misfit("has a mandatory extension that lockstep does not know (0x" + to_hex(name) +
                  "); turn off the feature of git that writes it");
  }

  Status link(std::string_view data) {
    if (data.size() < hash_) return not_whole();
    const auto shared = data.substr(0, hash_);
    data.remove_prefix(hash_);
    if (shared.find_first_not_of('\0') == std::string_view::npos) return {};
    out_.shared = to_hex(shared);
    TRY(out_.dropped, Bitmap::take(data));
    // Which entries of the other file have newer facts here: their paths are the same.
    TRY_OK(Bitmap::take(data));
    if (!data.empty()) return not_whole();
    return {};
  }

  std::string_view bytes_;  ///< what is left
  std::size_t hash_;
  std::string_view wanted_;
  std::uint64_t version_ = 0;
  std::string name_;
  IndexLook out_;
};

}  // namespace

Result<Bitmap> Bitmap::take(std::string_view& bytes) {
  if (bytes.size() < 8) return not_whole();
  bytes.remove_prefix(4);  // how many bits there are
  const auto words = take_number(bytes, 4);
  if (bytes.size() < 4 || words > (bytes.size() - 4) / 8) return not_whole();
  Bitmap out;
  out.words_.reserve(words);
  for (std::uint64_t i = 0; i < words; ++i) out.words_.push_back(take_number(bytes, 8));
  bytes.remove_prefix(4);  // where the last run begins
  std::uint64_t at = 0;
  while (at < words) at += 1 + literal_words(out.words_[at]);
  if (at != words) return not_whole();
  return out;
}

bool Bitmap::has(std::uint64_t number) const {
  auto word = number / 64;
  for (std::size_t at = 0; at < words_.size();) {
    const auto run = words_[at];
    if (word < equal_words(run)) return (run & 1U) != 0;
    word -= equal_words(run);
    if (word < literal_words(run)) return (words_[at + 1 + word] >> number % 64 & 1U) != 0;
    word -= literal_words(run);
    at += 1 + literal_words(run);
  }
  return false;
}

Result<IndexLook> look_into_index(std::string_view bytes, std::string_view path) {
  std::optional<IndexLook> unsealed;
  for (const auto& hash : hashes) {
    if (bytes.size() < hash.size) continue;
    const auto body = bytes.substr(0, bytes.size() - hash.size);
    const auto seal = bytes.substr(body.size());
    // With index.skipHash there are zeros; a layout is then known only by fitting to the last byte.
    const bool skipped = seal.find_first_not_of('\0') == std::string_view::npos;
    if (!skipped && hash.hex(body) != to_hex(seal)) continue;
    auto look = IndexReader(body, hash.size, path).read();
    if (look) look->checksum = to_hex(seal);
    if (!skipped) return look;
    if (!look) continue;
    if (unsealed) return not_whole();
    unsealed = std::move(*look);
  }
  if (!unsealed) return not_whole();
  return std::move(*unsealed);
}

}  // namespace lockstep::git
