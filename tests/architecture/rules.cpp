#include "architecture/rules.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace lockstep::architecture {

namespace {

std::string at(const SourceFile& file, std::size_t line) {
  return file.path + ":" + std::to_string(line) + ": ";
}

bool starts_with_any(std::string_view text, const std::vector<std::string>& starts) {
  return std::ranges::any_of(starts, [&](const auto& start) { return text.starts_with(start); });
}

struct Library {
  std::string name;
  std::vector<std::string> headers;  ///< how their includes begin
  std::set<std::string> rooms;       ///< whose .cpp files may include them
  bool one_file = false;             ///< and only one of them
};

const std::vector<Library>& libraries() {
  static const std::vector<Library> all = {
      {"Beast", {"boost/beast"}, {"net"}},
      {"Asio's TLS", {"boost/asio/ssl"}, {"net"}},
      {"Boost.URL", {"boost/url"}, {"net"}},
      {"parallel_group", {"boost/asio/experimental/parallel_group"}, {"base"}, true},
      {"spdlog", {"spdlog/"}, {"telemetry"}, true},
      {"prometheus-cpp", {"prometheus/"}, {"telemetry"}, true},
      {"yaml-cpp", {"yaml-cpp/"}, {"api"}, true},
      {"libyaml", {"yaml.h"}, {"api"}, true},
      {"libsodium", {"sodium"}, {"sources", "providers"}},
      {"SQLite", {"sqlite3"}, {"local"}},
      {"CLI11", {"CLI/"}, {"cli"}, true},
  };
  return all;
}

/// Words that go round a seam, and the files that make the seam.
struct Detour {
  std::vector<std::string> words;
  std::vector<std::string> allowed;  ///< how the paths of those files begin
  std::string instead;
};

const std::vector<Detour>& all_detours() {
  static const std::vector<Detour> all = {
      {{"co_spawn"}, {"controller/base/scope.cpp", "controller/base/clock.cpp"}, "Scope::start"},
      {{"system_clock::now", "steady_clock::now", "high_resolution_clock", "clock_gettime",
        "gettimeofday"},
       {"controller/base/clock.cpp"},
       "Clock"},
      // one_shot.hpp: a timer that never expires lets the loop own a waiter.
      {{"steady_timer", "system_timer", "sleep_for", "usleep", "nanosleep"},
       {"controller/base/clock.cpp", "controller/net/one_shot.hpp"},
       "Clock::sleep_until"},
      {{"rand(", "srand(", "random_device", "mt19937", "mt19937_64", "RAND_bytes", "getrandom"},
       {"controller/base/random.cpp"},
       "Random"},
      {{"ifstream", "ofstream", "fstream", "fopen"}, {"controller/base/files.cpp"}, "Files"},
      {{"cout", "cerr", "clog", "printf", "fprintf", "puts", "fputs", "putchar"},
       {"controller/cli/"},
       "a return value, or EventLog"},
      {{"getenv", "secure_getenv", "environ"},
       {"controller/cli/"},
       "the start-up environment that cli/ passes on"},
  };
  return all;
}

}  // namespace

Complaints undeclared_includes(const SourceFile& file, const Rooms& rooms) {
  Complaints out;
  const auto room = room_of(file.path);
  const auto declared = rooms.uses.find(room);
  if (declared == rooms.uses.end()) return {file.path + ": its folder is not a declared room"};
  for (const auto& include : includes(file.text)) {
    const auto used = include.header.substr(0, include.header.find('/'));
    if (include.quoted && !rooms.uses.contains(used)) {
      out.push_back(at(file, include.line) + "\"" + include.header +
                    "\" does not begin with a room");
    } else if (rooms.uses.contains(used) && used != room && !declared->second.contains(used)) {
      out.push_back(at(file, include.line) + room + " does not declare that it uses " + used);
    }
  }
  return out;
}

Complaints rooms_out_of_order(const Rooms& rooms) {
  Complaints out;
  std::set<std::string> before;
  for (const auto& room : rooms.order) {
    for (const auto& used : rooms.uses.at(room)) {
      if (!before.contains(used)) out.push_back(room + " uses " + used + ", which is not above it");
    }
    before.insert(room);
  }
  return out;
}

Complaints heavy_includes(const SourceFile& file) {
  Complaints out;
  for (const auto& include : includes(file.text)) {
    for (const auto& library : libraries()) {
      if (!starts_with_any(include.header, library.headers)) continue;
      if (is_header(file.path)) {
        out.push_back(at(file, include.line) + library.name + " in a header");
      } else if (!library.rooms.contains(room_of(file.path))) {
        out.push_back(at(file, include.line) + library.name + " is not for this room");
      }
    }
  }
  return out;
}

Complaints shared_libraries(const std::vector<SourceFile>& files) {
  Complaints out;
  for (const auto& library : libraries()) {
    if (!library.one_file) continue;
    std::vector<std::string> users;
    for (const auto& file : files) {
      const bool uses = std::ranges::any_of(includes(file.text), [&](const auto& include) {
        return starts_with_any(include.header, library.headers);
      });
      if (uses) users.push_back(file.path);
    }
    if (users.size() > 1) out.push_back(library.name + " is known to " + join(users, " and "));
  }
  return out;
}

Complaints bodies_in_ports(const SourceFile& file) {
  Complaints out;
  const auto code = code_only(file.text);
  for (auto open = code.find('{'); open != code.npos; open = code.find('{', open + 1)) {
    // What stands between the last `)` and the brace tells a function from everything else.
    const auto close = code.substr(0, open).find_last_of(");}");
    if (close == code.npos || code[close] != ')') continue;
    std::size_t depth = 0, end = open;
    for (; end < code.size(); ++end) {
      if (code[end] == '{') ++depth;
      if (code[end] == '}' && --depth == 0) break;
    }
    const auto body = std::string_view(code).substr(open, end - open);
    const auto line = 1 + static_cast<std::size_t>(std::ranges::count(code.substr(0, open), '\n'));
    if (body.contains('\n')) out.push_back(at(file, line) + "a body in a port");
    open = std::min(end, code.size() - 1);
  }
  return out;
}

Complaints sandbox_knows_providers(const SourceFile& file) {
  Complaints out;
  for (const auto& include : includes(file.text)) {
    if (include.header.contains("providers/")) {
      out.push_back(at(file, include.line) + "an emulator includes " + include.header);
    }
  }
  return out;
}

Complaints provider_knows_provider(const SourceFile& file) {
  const auto parts = split(file.path, '/');
  if (parts.size() < 4 || parts[1] != "providers") return {};
  Complaints out;
  for (const auto& include : includes(file.text)) {
    const auto named = split(include.header, '/');
    if (named.size() < 3 || named[0] != "providers") continue;
    if (named[1] != parts[2] && named[1] != "common") {
      out.push_back(at(file, include.line) + parts[2] + " includes " + include.header);
    }
  }
  return out;
}

Complaints detours(const SourceFile& file) {
  Complaints out;
  const auto code = code_only(file.text);
  const auto lines = split(code, '\n');
  for (const auto& detour : all_detours()) {
    if (starts_with_any(file.path, detour.allowed)) continue;
    for (const auto& word : detour.words) {
      for (const auto line : lines_with_word(code, word)) {
        // The include that a forbidden call needs would only say the same twice.
        if (trim(lines[line - 1]).starts_with('#')) continue;
        out.push_back(at(file, line) + word + " instead of " + detour.instead);
      }
    }
  }
  return out;
}

Complaints too_long(const SourceFile& file) {
  const auto lines = static_cast<std::size_t>(std::ranges::count(file.text, '\n'));
  if (lines <= 400) return {};
  return {file.path + ": " + std::to_string(lines) + " lines, at most 400"};
}

Complaints rooms_without_readme(const std::vector<SourceFile>& files, const Rooms& rooms) {
  Complaints out;
  for (const auto& room : rooms.order) {
    const auto path = "controller/" + room + "/README.md";
    const auto found = std::ranges::find(files, path, &SourceFile::path);
    if (found == files.end()) {
      out.push_back(path + ": missing");
      continue;
    }
    const auto lines = std::ranges::count(found->text, '\n');
    if (lines > 60) out.push_back(path + ": " + std::to_string(lines) + " lines, at most 60");
  }
  return out;
}

Complaints machine_paths(const SourceFile& file) {
  Complaints out;
  std::size_t number = 0;
  for (const auto& line : split(file.text, '\n')) {
    ++number;
    // In two parts, so that this file passes too.
    for (const std::string folder : {"work", "tmp", "home", "root", "Users"}) {
      const auto path = "/" + folder + "/";
      const auto found = line.find(path);
      if (found == line.npos) continue;
      // `https://host/home/` and `a/tmp/b` are no paths from the root of a machine.
      const char before = found == 0 ? ' ' : line[found - 1];
      if (std::string_view(" \t\"'`=(:<,[").contains(before)) {
        out.push_back(at(file, number) + "names " + path);
      }
    }
  }
  return out;
}

}  // namespace lockstep::architecture
