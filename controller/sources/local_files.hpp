// S19: what of this machine's values may reach a developer's file (a dotenvFile place).
#pragma once

#include <string>

#include "ports/source.hpp"
#include "sources/stand_ins.hpp"

namespace lockstep {

/// Why the value of `key` must not reach a developer's file; "" when the stand-in itself says that
/// it may, and so does every other one for the same file or variable. Rests on nothing else, so
/// that no manifest must be there or readable.
std::string local_file_problem(const StandIns& stand_ins, const Files& files, const SourceKey& key);

/// Whether the value of `key` may also be the value of some key of the Secret `other`: the same
/// file (by whatever name, link or hard link) or environment variable stands in for both. A file
/// that cannot be reached counts as the same. Keys in a keyring are always apart.
bool may_share(const StandIns& stand_ins, const Files& files, const SourceKey& key,
               const ObjectName& other);

/// Whether the stand-in of `key` says that a developer's file may get its value; says nothing of
/// what shares it.
bool may_reach_local_files(const StandIns& stand_ins, const SourceKey& key);

}  // namespace lockstep
