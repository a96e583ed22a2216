// Index files as git writes them (https://git-scm.com/docs/index-format), for tests.
#pragma once

#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

namespace lockstep::testing {

/// One index file in one of its layouts. A name that ends in a slash is a sparse index's folder.
class Index {
 public:
  /// Versions 2 to 4, each as repositories with SHA-1 and with SHA-256 have it.
  static std::vector<Index> layouts();
  std::string name() const;

  Index with(std::vector<std::string> names) const;
  Index extension(std::string name, std::string data) const;
  /// The numbers of the first 64 entries of the shared index, as bits.
  struct Changes {
    std::uint64_t dropped = 0;
    std::uint64_t replaced = 0;
  };
  Index link(const Index& shared, Changes changes) const;

  std::string bytes() const;
  /// Ends in zeros, as git writes it under index.skipHash.
  std::string unsealed() const;
  std::string checksum() const;
  friend void PrintTo(const Index& index, std::ostream* out) { *out << index.name(); }

 private:
  std::string body() const;
  std::string raw_checksum() const;

  std::uint32_t version_ = 2;
  bool sha256_ = false;
  std::vector<std::string> names_;
  std::string extensions_;
};

}  // namespace lockstep::testing
