#include <algorithm>

#include "base/error.hpp"
#include "base/json.hpp"
#include "fuzz/target.hpp"

namespace lockstep::fuzz {

/// S4: a value that the request carried is in no text that comes back. The first line of the input
/// is the value, the rest the answer.
void remote_text(std::string_view bytes) {
  const auto value = bytes.substr(0, bytes.find('\n'));
  bytes.remove_prefix(std::min(bytes.size(), value.size() + 1));
  const std::string_view values[] = {value};
  const auto text = RemoteText::from(bytes, values, 200).text();
  hold(is_utf8(text), "text is UTF-8");
  hold(text.size() <= 300, "text is short");
  for (const unsigned char c : text) hold(c >= 0x20 && c != 0x7F, "no control characters");
  // A short value may be a part of our own words for what was removed.
  if (value.size() >= 12) hold(!text.contains(value), "no value");
}

}  // namespace lockstep::fuzz
