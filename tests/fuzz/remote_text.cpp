#include "base/remote_text.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "base/forms.hpp"
#include "fuzz/target.hpp"

namespace lockstep::fuzz {

namespace {

constexpr std::size_t piece_size = 7;

/// Put anywhere into the answer, a piece of the value in one of its forms leaves nothing to tell.
void with_a_piece(std::string_view value, std::string_view answer, unsigned char chosen) {
  const std::string piece(value.substr(0, piece_size));
  const bool plain = std::ranges::all_of(piece, [](unsigned char c) { return std::isalnum(c); });
  if (piece.size() < piece_size || !plain || answer.size() > 4096) return;
  const auto forms = testing::forms_of(piece);
  const auto half = answer.size() / 2;
  const auto text = std::string(answer.substr(0, half)) + forms[chosen % forms.size()] +
                    std::string(answer.substr(half));
  const std::string_view values[] = {value};
  hold(RemoteText::from(text, values, 10'000).text() == left_out_text, "a piece in any form");
}

}  // namespace

/// S4: a value that the request carried is in no text that comes back. After the choice of a form
/// the first line of the input is the value, the rest the answer.
void remote_text(std::string_view bytes) {
  const auto chosen = choice(bytes);
  const auto value = bytes.substr(0, bytes.find('\n'));
  bytes.remove_prefix(std::min(bytes.size(), value.size() + 1));
  const std::string_view values[] = {value};
  const auto text = RemoteText::from(bytes, values, 200).text();
  hold(is_utf8(text), "text is UTF-8");
  hold(text.size() <= 300, "text is short");
  for (const unsigned char c : text) hold(c >= 0x20 && c != 0x7F, "no control characters");
  // A short value may be a part of our own words for what was removed.
  if (value.size() >= 12) hold(!text.contains(value), "no value");
  with_a_piece(value, bytes, chosen);
}

}  // namespace lockstep::fuzz
