// The rules of the house, each a pure function from texts to what breaks it. Every complaint names
// file and line.
#pragma once

#include <string>
#include <vector>

#include "architecture/source.hpp"

namespace lockstep::architecture {

using Complaints = std::vector<std::string>;

/// A room includes its own headers, those of rooms it declares in USES, and no header of ours by
/// another way.
Complaints undeclared_includes(const SourceFile& file, const Rooms& rooms);
/// A room uses only rooms declared before it.
Complaints rooms_out_of_order(const Rooms& rooms);
/// Heavy libraries: never in a header, and in .cpp files only of the room that knows the library.
Complaints heavy_includes(const SourceFile& file);
/// Libraries that exactly one .cpp of the whole program knows.
Complaints shared_libraries(const std::vector<SourceFile>& files);
/// Ports are abstract: a function body of more than one line is refused in controller/ports/.
Complaints bodies_in_ports(const SourceFile& file);
/// The emulators are an independent oracle: tests/sandbox/ sees no header of controller/providers/.
Complaints sandbox_knows_providers(const SourceFile& file);
/// No provider includes another; all may include providers/common/.
Complaints provider_knows_provider(const SourceFile& file);
/// Seams that nobody goes round: coroutines start in Scope, time comes from Clock, randomness from
/// Random, files from Files, output from cli/ and telemetry/.
Complaints detours(const SourceFile& file);
/// Files of code have at most 400 lines.
Complaints too_long(const SourceFile& file);
/// Every room has a README.md of at most 60 lines.
Complaints rooms_without_readme(const std::vector<SourceFile>& files, const Rooms& rooms);
/// No file names a path of someone's machine.
Complaints machine_paths(const SourceFile& file);

}  // namespace lockstep::architecture
