#include "cli/version.hpp"

#include <boost/json/serialize.hpp>

#include "base/json.hpp"
#include "base/text.hpp"

// LOCKSTEP_VERSION and LOCKSTEP_LIBRARIES (`Boost 1.81.0|OpenSSL 3.0.15|...`) come from
// CMakeLists.txt, which is where both are decided.
namespace lockstep::cli {

std::string_view version() {
  return LOCKSTEP_VERSION;
}

std::string version_text() {
  std::string out = "lockstep " LOCKSTEP_VERSION "\ncompiler: " __VERSION__ "\n";
  for (const auto& library : split(LOCKSTEP_LIBRARIES, '|')) out += "library: " + library + "\n";
  return out;
}

std::string version_json() {
  json::array libraries;
  for (const auto& library : split(LOCKSTEP_LIBRARIES, '|')) libraries.emplace_back(library);
  return json::serialize(json::object{{"version", 1},
                                      {"lockstep", LOCKSTEP_VERSION},
                                      {"compiler", __VERSION__},
                                      {"libraries", std::move(libraries)}}) +
         "\n";
}

}  // namespace lockstep::cli
