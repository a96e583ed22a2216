#include "cli/hold_report.hpp"

#include <boost/json/serialize.hpp>

#include "base/json.hpp"
#include "cli/table.hpp"
#include "plan/markdown.hpp"
#include "plan/print_rows.hpp"

namespace lockstep::cli {

namespace {

using plan::harmless;

std::string text_of(std::span<const ToldHold> holds) {
  if (holds.empty()) return "Nothing is held.\n";
  std::vector<std::vector<std::string>> rows = {
      {"TARGET", "NAME", "UNTIL (UTC)", "BY", "REASON", "TO TAKE IT BACK"}};
  for (const auto& told : holds) {
    const auto& hold = told.hold;
    rows.push_back({told.target.empty() ? told.place.place : told.target,
                    hold.name.empty() ? "all of it" : hold.name, to_rfc3339(hold.until), hold.by,
                    hold.reason, told.target.empty() ? "ends by itself" : release_command(told)});
  }
  return to_table(rows);
}

std::string markdown_of(std::span<const ToldHold> holds) {
  using plan::code, plan::escaped;
  std::string out = "### lockstep hold\n\n";
  if (holds.empty()) return out + "Nothing is held.\n";
  out += "| Target | Name | Until (UTC) | By | Reason |\n|---|---|---|---|---|\n";
  for (const auto& told : holds) {
    const auto& hold = told.hold;
    out += "| " + code(told.target.empty() ? told.place.place : told.target) + " | " +
           (hold.name.empty() ? "all of it" : code(hold.name)) + " | " +
           escaped(to_rfc3339(hold.until)) + " | " + escaped(hold.by) + " | " +
           escaped(hold.reason) + " |\n";
  }
  return out;
}

std::string json_of(std::span<const ToldHold> holds) {
  const auto text_or_null = [](const std::string& text) {
    return text.empty() ? json::value(nullptr) : json::value(harmless(text));
  };
  json::array out;
  for (const auto& told : holds) {
    const auto& hold = told.hold;
    out.push_back(json::object{{"target", text_or_null(told.target)},
                               {"namespace", harmless(told.place.ns)},
                               {"place", harmless(told.place.place)},
                               {"name", harmless(hold.name)},
                               {"since", to_rfc3339(hold.since)},
                               {"until", to_rfc3339(hold.until)},
                               {"by", harmless(hold.by)},
                               {"reason", harmless(hold.reason)},
                               {"release", text_or_null(release_command(told))}});
  }
  return json::serialize(json::object{{"version", 1}, {"holds", std::move(out)}}) + "\n";
}

}  // namespace

std::string release_command(const ToldHold& told) {
  if (told.target.empty()) return "";
  return "lockstep hold " + told.target + (told.hold.name.empty() ? "" : " " + told.hold.name) +
         " --release";
}

std::string print_holds(std::span<const ToldHold> holds, Output output) {
  switch (output) {
    case Output::text:
      return text_of(holds);
    case Output::json:
      return json_of(holds);
    case Output::markdown:
      return markdown_of(holds);
  }
  return "";
}

}  // namespace lockstep::cli
