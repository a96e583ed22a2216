// Answers that GitHub may confirm instead of repeating.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"

namespace lockstep::providers::github {

/// Bodies of lists with their ETags. A request with the ETag that is answered 304 does not count
/// against the hourly limit
/// (https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api).
/// An ETag holds for one token only (https://github.com/github/docs/issues/34689). Bounded: the
/// entry that was not used for longest goes first; wiped with its owner.
class EtagCache {
 public:
  static constexpr std::size_t most_entries = 512;
  static constexpr std::size_t largest_body = 64 * 1024;

  /// The ETag under which `path` was read with this token; "" when it was not.
  std::string etag(const std::string& path, std::string_view token_digest) const;
  /// The body that goes with that ETag.
  std::optional<SecretBytes> body(const std::string& path, std::string_view token_digest);
  /// Remembers an answer; an ETag that no header can hold, or too large a body, is forgotten.
  void keep(const std::string& path, std::string_view token_digest, std::string_view etag,
            const SecretBytes& body);
  std::size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    std::string token_digest;
    std::string etag;
    SecretBytes body;
    std::uint64_t used = 0;
  };
  std::map<std::string, Entry> entries_;
  std::uint64_t uses_ = 0;
};

}  // namespace lockstep::providers::github
