#include "telemetry/exposition.hpp"

#include <cmath>
#include <cstdlib>
#include <set>

#include "base/json.hpp"
#include "base/text.hpp"

namespace lockstep::testing {

namespace {

bool is_name(std::string_view text, bool colons) {
  if (text.empty() || (text[0] >= '0' && text[0] <= '9')) return false;
  for (const char c : text) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    if (!letter && !(c >= '0' && c <= '9') && !(colons && c == ':')) return false;
  }
  return true;
}

/// Takes `name="value"` off the front of `rest`; false where the syntax is broken.
bool take_label(std::string_view& rest, Sample& sample) {
  const auto equals = rest.find("=\"");
  if (equals == std::string_view::npos || !is_name(rest.substr(0, equals), false)) return false;
  const std::string name(rest.substr(0, equals));
  rest.remove_prefix(equals + 2);
  std::string value;
  while (!rest.empty() && rest[0] != '"') {
    if (rest[0] == '\\') {
      if (rest.size() < 2 || !std::string_view("\\\"n").contains(rest[1])) return false;
      value += rest[1] == 'n' ? '\n' : rest[1];
      rest.remove_prefix(2);
    } else {
      value += rest[0];
      rest.remove_prefix(1);
    }
  }
  if (rest.empty()) return false;
  rest.remove_prefix(1);
  return sample.labels.emplace(name, value).second;
}

bool take_sample(std::string_view line, Sample& sample) {
  const auto end = line.find_first_of("{ ");
  if (end == std::string_view::npos) return false;
  sample.name = std::string(line.substr(0, end));
  if (!is_name(sample.name, true)) return false;
  auto rest = line.substr(end);
  if (rest[0] == '{') {
    rest.remove_prefix(1);
    while (!rest.starts_with('}')) {
      if (!take_label(rest, sample)) return false;
      if (rest.starts_with(',')) rest.remove_prefix(1);
    }
    rest.remove_prefix(1);
  }
  if (!rest.starts_with(' ')) return false;
  const std::string number(rest.substr(1));
  char* stop = nullptr;
  sample.value = std::strtod(number.c_str(), &stop);
  return !number.empty() && *stop == '\0';
}

/// The family a sample belongs to: histograms add suffixes.
std::string family_of(const Exposition& page, const std::string& name) {
  for (const std::string_view suffix : {"_bucket", "_sum", "_count"}) {
    if (!name.ends_with(suffix)) continue;
    const auto base = name.substr(0, name.size() - suffix.size());
    const auto type = page.types.find(base);
    if (type != page.types.end() && type->second == "histogram") return base;
  }
  return name;
}

void check_family(Exposition& page, const std::string& name, const std::string& type) {
  if (type == "counter" && !name.ends_with("_total")) {
    page.problems.push_back(name + ": a counter's name ends in _total");
  }
  if (type != "counter" && name.ends_with("_total")) {
    page.problems.push_back(name + ": only a counter's name ends in _total");
  }
  if (!page.types.emplace(name, type).second) page.problems.push_back(name + ": TYPE twice");
  page.families.push_back(name);
}

}  // namespace

Exposition read_exposition(std::string_view text) {
  Exposition page;
  if (!text.ends_with('\n')) page.problems.push_back("the last line has no end");
  if (!is_utf8(text)) page.problems.push_back("not UTF-8");
  std::set<std::pair<std::string, std::map<std::string, std::string>>> seen;
  std::string helped;
  for (const auto& line : split(text.substr(0, text.rfind('\n')), '\n')) {
    if (line.starts_with("# HELP ")) {
      helped = split(line, ' ')[2];
      continue;
    }
    if (line.starts_with("# TYPE ")) {
      const auto words = split(line, ' ');
      if (words.size() != 4 || words[2] != helped) page.problems.push_back("no HELP: " + line);
      check_family(page, words[2], words[3]);
      continue;
    }
    Sample sample;
    if (!take_sample(line, sample)) {
      page.problems.push_back("broken line: " + line);
      continue;
    }
    if (page.families.empty() || family_of(page, sample.name) != page.families.back()) {
      page.problems.push_back("outside its family: " + line);
    }
    if (!seen.emplace(sample.name, sample.labels).second) page.problems.push_back("twice: " + line);
    page.samples.push_back(std::move(sample));
  }
  return page;
}

std::size_t Exposition::series(std::string_view name,
                               const std::map<std::string, std::string>& labels) const {
  std::size_t n = 0;
  for (const auto& sample : samples) {
    bool matches = sample.name == name;
    for (const auto& [key, value] : labels) {
      const auto found = sample.labels.find(key);
      matches = matches && found != sample.labels.end() && found->second == value;
    }
    if (matches) ++n;
  }
  return n;
}

double Exposition::value(std::string_view name,
                         const std::map<std::string, std::string>& labels) const {
  if (series(name, labels) != 1) return std::nan("");
  for (const auto& sample : samples) {
    Exposition one;
    one.samples.push_back(sample);
    if (one.series(name, labels) == 1) return sample.value;
  }
  return std::nan("");
}

}  // namespace lockstep::testing
