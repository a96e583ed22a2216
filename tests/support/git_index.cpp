#include "support/git_index.hpp"

#include "base/digest.hpp"

namespace lockstep::testing {

namespace {

std::string big_endian(std::uint64_t number, int bytes) {
  std::string out;
  for (int i = bytes - 1; i >= 0; --i) out += static_cast<char>(number >> 8 * i);
  return out;
}

std::string from_hex(const std::string& hex) {
  std::string out;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    out += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  }
  return out;
}

/// A bitmap of one literal word after a run of no words.
std::string bitmap(std::uint64_t bits) {
  return big_endian(64, 4) + big_endian(2, 4) + big_endian(std::uint64_t{1} << 33, 8) +
         big_endian(bits, 8) + big_endian(0, 4);
}

}  // namespace

std::vector<Index> Index::layouts() {
  std::vector<Index> out;
  for (const bool sha256 : {false, true}) {
    for (const std::uint32_t version : {2U, 3U, 4U}) {
      Index one;
      one.version_ = version;
      one.sha256_ = sha256;
      out.push_back(one);
    }
  }
  return out;
}

std::string Index::name() const {
  return "Version" + std::to_string(version_) + (sha256_ ? "Sha256" : "Sha1");
}

Index Index::with(std::vector<std::string> names) const {
  auto out = *this;
  out.names_ = std::move(names);
  return out;
}

Index Index::extension(std::string name, std::string data) const {
  auto out = *this;
  out.extensions_ += name + big_endian(data.size(), 4) + data;
  return out;
}

Index Index::link(const Index& shared, Changes changes) const {
  return extension("link",
                   shared.raw_checksum() + bitmap(changes.dropped) + bitmap(changes.replaced));
}

std::string Index::body() const {
  std::string out = "DIRC" + big_endian(version_, 4) + big_endian(names_.size(), 4);
  std::string before;
  for (const auto& name : names_) {
    std::string entry(40 + (sha256_ ? 32 : 20), '\x01');
    entry.replace(24, 4, big_endian(name.ends_with('/') ? 0040000 : 0100644, 4));
    // Version 3 and later may have two more bytes of flags.
    const bool extended = version_ >= 3;
    entry += big_endian(name.size() | (extended ? 0x4000U : 0U), 2);
    if (extended) entry += big_endian(0x2000, 2);
    if (version_ == 4) {
      std::size_t shared = 0;
      while (shared < before.size() && shared < name.size() && before[shared] == name[shared])
        ++shared;
      entry += static_cast<char>(before.size() - shared);
      entry += name.substr(shared) + '\0';
    } else {
      entry += name + '\0';
      entry.resize((entry.size() + 7) / 8 * 8, '\0');
    }
    out += entry;
    before = name;
  }
  return out + extensions_;
}

std::string Index::raw_checksum() const {
  return from_hex(checksum());
}
std::string Index::checksum() const {
  return sha256_ ? sha256_hex(body()) : sha1_hex(body());
}
std::string Index::bytes() const {
  return body() + raw_checksum();
}
std::string Index::unsealed() const {
  return body() + std::string(sha256_ ? 32 : 20, '\0');
}

}  // namespace lockstep::testing
