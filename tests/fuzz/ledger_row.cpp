#include "fuzz/target.hpp"
#include "model/record.hpp"

namespace lockstep::fuzz {

/// A row that is understood is remembered whole.
void ledger_row(std::string_view bytes) {
  const auto record = decode_place_record(bytes);
  if (!record) {
    hold(record.error().kind == ErrorKind::storage, "a row that is not understood stops writes");
    return;
  }
  const auto text = encode(*record);
  const auto again = decode_place_record(text);
  hold(again.has_value(), "what was read can be written");
  hold(encode(*again) == text, "and is the same");
}

}  // namespace lockstep::fuzz
