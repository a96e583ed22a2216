// The characters that HTTP allows in its parts.
#pragma once

#include <string_view>

namespace lockstep::net {

/// A method or the name of a header (RFC 9110, 5.6.2); never empty.
bool is_token(std::string_view text);
/// The value of a header: no control character but the tab (RFC 9110, 5.5).
bool is_field_value(std::string_view text);

}  // namespace lockstep::net
