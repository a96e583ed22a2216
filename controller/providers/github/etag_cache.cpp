#include "providers/github/etag_cache.hpp"

#include <algorithm>

namespace lockstep::providers::github {

namespace {

bool fits_header(std::string_view etag) {
  return !etag.empty() && etag.size() <= 256 &&
         std::ranges::all_of(etag, [](char c) { return c > 0x20 && c < 0x7f; });
}

}  // namespace

std::string EtagCache::etag(const std::string& path, std::string_view token_digest) const {
  const auto found = entries_.find(path);
  if (found == entries_.end() || found->second.token_digest != token_digest) return "";
  return found->second.etag;
}

std::optional<SecretBytes> EtagCache::body(const std::string& path, std::string_view token_digest) {
  const auto found = entries_.find(path);
  if (found == entries_.end() || found->second.token_digest != token_digest) return std::nullopt;
  found->second.used = ++uses_;
  return found->second.body;
}

void EtagCache::keep(const std::string& path, std::string_view token_digest, std::string_view etag,
                     const SecretBytes& body) {
  entries_.erase(path);
  if (!fits_header(etag) || body.size() > largest_body) return;
  if (entries_.size() == most_entries) {
    entries_.erase(std::ranges::min_element(entries_, {},
                                            [](const auto& entry) { return entry.second.used; }));
  }
  entries_[path] = {.token_digest = std::string(token_digest),
                    .etag = std::string(etag),
                    .body = body,
                    .used = ++uses_};
}

}  // namespace lockstep::providers::github
