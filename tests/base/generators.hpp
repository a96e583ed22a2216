// Generators for rapidcheck.
#pragma once

#include <rapidcheck.h>

#include <string>
#include <vector>

namespace lockstep::testing {

/// Well-formed UTF-8 that is full of what JSON, percent encoding and terminals treat specially.
inline rc::Gen<std::string> utf8_text() {
  const std::vector<std::string> pieces = {"a",  "b",  "0", "F",    "\"", "\\",   "/",
                                           "\n", "\t", "%", "+",    "=",  "\x01", "{",
                                           "u",  "é",  "€", "\x7F", "😀"};
  return rc::gen::map(rc::gen::container<std::vector<std::string>>(rc::gen::elementOf(pieces)),
                      [](const std::vector<std::string>& chosen) {
                        std::string out;
                        for (const auto& piece : chosen) out += piece;
                        return out;
                      });
}

}  // namespace lockstep::testing
