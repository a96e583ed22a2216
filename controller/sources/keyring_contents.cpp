#include "sources/keyring_contents.hpp"

#include "sources/byte_order.hpp"

namespace lockstep {

namespace {

// Texts and values are preceded by their length (4 bytes), times are nanoseconds since the epoch
// (8 bytes), numbers are big-endian:
//   count { namespace secret key  value since  count { value since } }

void put_text(SecretBytes& out, std::string_view text) {
  put_number<4>(out, text.size());
  append(out, text);
}

void put_value(SecretBytes& out, const KeyringValue& value) {
  put_text(out, value.value.expose());
  put_number<8>(out, static_cast<std::uint64_t>(value.since.time_since_epoch().count()));
}

/// Takes fields from the front; after the first that is cut, `good()` is false for ever and all
/// that follows is empty.
class Fields {
 public:
  explicit Fields(std::string_view bytes) : left_(bytes) {}

  bool good() const { return good_; }
  bool whole() const { return good_ && left_.empty(); }

  std::string_view take(std::uint64_t size) {
    if (!good_ || size > left_.size()) {
      good_ = false;
      return {};
    }
    const auto out = left_.substr(0, size);
    left_.remove_prefix(size);
    return out;
  }
  std::uint64_t number(std::size_t size) { return get_number(take(size)); }
  std::string_view text() { return take(number(4)); }
  KeyringValue value() {
    KeyringValue out{.value = Secret(text())};
    out.since = Wall(Nanos(static_cast<std::int64_t>(number(8))));
    return out;
  }

 private:
  std::string_view left_;
  bool good_ = true;
};

}  // namespace

SecretBytes encode(const KeyringContents& contents) {
  SecretBytes out;
  put_number<4>(out, contents.entries.size());
  for (const auto& [id, entry] : contents.entries) {
    put_text(out, id.ns);
    put_text(out, id.secret);
    put_text(out, id.key);
    put_value(out, entry.current);
    put_number<4>(out, entry.previous.size());
    for (const auto& value : entry.previous) put_value(out, value);
  }
  return out;
}

Result<KeyringContents> decode_keyring_contents(std::string_view bytes) {
  Fields fields(bytes);
  KeyringContents out;
  const auto count = fields.number(4);
  for (std::uint64_t i = 0; i < count && fields.good(); ++i) {
    SourceKey id{.ns = std::string(fields.text()),
                 .secret = std::string(fields.text()),
                 .key = std::string(fields.text())};
    KeyringEntry entry{.current = fields.value()};
    const auto previous = fields.number(4);
    for (std::uint64_t n = 0; n < previous && fields.good(); ++n) {
      entry.previous.push_back(fields.value());
    }
    // Sorted, as encode() writes them, so that no two texts hold one list.
    if (!out.entries.empty() && id <= out.entries.rbegin()->first) break;
    out.entries.insert_or_assign(std::move(id), std::move(entry));
  }
  if (!fields.whole() || out.entries.size() != count) {
    return fail(ErrorKind::invalid,
                "the keyring opens, but what is in it is not understood: use the lockstep that "
                "wrote it");
  }
  return out;
}

}  // namespace lockstep
