// The kinds by name: what the loader, `explain` and the CRDs share. For api/*.cpp only.
#pragma once

#include <algorithm>
#include <array>

#include "api/schema_tables.hpp"

namespace lockstep::api {

/// One kind of document.
struct KindInfo {
  std::string_view name;
  std::string_view plural;  ///< lower case, as kubectl takes it
  std::string_view short_name;
  const Object& (*spec)();
};

/// All kinds, in the order in which users meet them.
inline constexpr std::array<KindInfo, 4> kinds = {{
    {"Credential", "credentials", "lscred", &object_of<Credential>},
    {"Environment", "environments", "lsenv", &object_of<Environment>},
    {"Target", "targets", "lstgt", &object_of<Target>},
    {"SecretSet", "secretsets", "lsset", &object_of<SecretSet>},
}};

inline bool is_our_kind(std::string_view kind) {
  return std::ranges::find(kinds, kind, &KindInfo::name) != kinds.end();
}

}  // namespace lockstep::api
