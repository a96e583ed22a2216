#include "local/git_index.hpp"

#include "base/digest.hpp"
#include "fuzz/target.hpp"
#include "local/git_index_file.hpp"
#include "support/memory_files.hpp"

namespace lockstep::fuzz {

namespace {

void look(std::string_view bytes, std::string_view path) {
  const auto found = git::look_into_index(bytes, path);
  if (!found) return;
  hold(found->checksum.size() == 40 || found->checksum.size() == 64, "a checksum was read");
  for (const auto entry : found->entries) {
    hold(entry < bytes.size() / 62 + 1, "no more entries than fit");
    found->dropped.has(entry);
  }
  hold(found->entries.empty() || bytes.contains(path) || bytes.substr(0, 8).ends_with('\4'),
       "a path that is found stands there");
}

std::string raw(const std::string& hex) {
  std::string out;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    out += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  }
  return out;
}

/// The bytes as each of the files that lead to an index.
void lead(std::string_view bytes) {
  testing::Power power(1);
  testing::MemoryFiles files(power);
  files.put("/r/.git/HEAD", "ref: refs/heads/main\n");
  files.put("/r/.git/config", bytes);
  files.put("/r/.git/index", bytes);
  files.put("/tree/.git", bytes);
  for (const auto* file : {"/r/.dev.vars", "/tree/.dev.vars"}) {
    const auto tracked = tracked_by_git(files, file);
    hold(!tracked || !*tracked, "no input has the checksum of an index with the file");
  }
}

}  // namespace

/// Bytes as they are, and with the checksums that nobody hits by chance.
void git_index(std::string_view bytes) {
  constexpr std::string_view path = "lockstep.local.yaml";
  look(bytes, path);
  const std::string body(bytes);
  look(body + raw(sha1_hex(body)), path);
  look(body + raw(sha256_hex(body)), path);
  look(body + std::string(20, '\0'), path);
  look(body + std::string(32, '\0'), path);
  lead(bytes);
  auto bitmap = bytes;
  if (const auto read = git::Bitmap::take(bitmap)) {
    for (const std::uint64_t number : {0ULL, 63ULL, 64ULL, 1ULL << 40, ~0ULL}) read->has(number);
  }
}

}  // namespace lockstep::fuzz
