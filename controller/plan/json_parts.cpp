#include "plan/json_parts.hpp"

#include "plan/print_rows.hpp"

namespace lockstep::plan {

json::value time_or_null(const std::optional<Wall>& when) {
  return when ? json::value(to_rfc3339(*when)) : json::value(nullptr);
}

json::value error_or_null(const std::optional<Error>& error) {
  if (!error) return nullptr;
  return json::object{{"kind", to_string(error->kind)},
                      {"message", harmless(error->message)},
                      {"remote", harmless(error->remote.text())}};
}

json::array problems_json(std::span<const api::Problem> problems) {
  json::array out;
  for (const auto& problem : problems) {
    out.push_back(json::object{{"file", harmless(problem.at.file)},
                               {"line", problem.at.line},
                               {"column", problem.at.column},
                               {"path", harmless(problem.path)},
                               {"text", harmless(problem.text)}});
  }
  return out;
}

json::array holds_json(std::span<const Hold> holds) {
  json::array out;
  for (const auto& hold : holds) {
    out.push_back(json::object{{"name", harmless(hold.name)},
                               {"since", to_rfc3339(hold.since)},
                               {"until", to_rfc3339(hold.until)},
                               {"by", harmless(hold.by)},
                               {"reason", harmless(hold.reason)}});
  }
  return out;
}

}  // namespace lockstep::plan
