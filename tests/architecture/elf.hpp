// Just enough of ELF to see how a program is hardened: https://gabi.xinuos.com/
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace lockstep::architecture {

/// What the loader and the compiler left to see in a 64-bit little-endian x86 program.
struct Hardening {
  bool pie = false;               ///< loaded at any address
  bool relro = false;             ///< tables become read-only before main
  bool bind_now = false;          ///< and all of them, because nothing is bound later
  bool executable_stack = true;   ///< unless the file says no
  bool cet_note = false;          ///< asks the loader for shadow stack and branch tracking
  bool main_has_endbr = false;    ///< main begins with ENDBR64: compiled with -fcf-protection
  std::set<std::string> imports;  ///< undefined dynamic symbols, without versions
};

/// Nothing when `bytes` are no such program, or cut.
std::optional<Hardening> read_hardening(std::string_view bytes);

}  // namespace lockstep::architecture
