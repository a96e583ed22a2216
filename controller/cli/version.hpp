// Which lockstep this is.
#pragma once

#include <string>
#include <string_view>

namespace lockstep::cli {

/// `0.1.0`.
std::string_view version();
/// The version, the compiler and the libraries it was built with, a line each.
std::string version_text();
/// `{"version": 1, "lockstep": "0.1.0", "compiler", "libraries": [TEXT]}`.
std::string version_json();

}  // namespace lockstep::cli
