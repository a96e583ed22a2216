#include "fuzz/target.hpp"
#include "plan/graph.hpp"

namespace lockstep::fuzz {

/// Documents and the graph between them. S2: what is not understood stops deletions.
void manifests(std::string_view bytes) {
  auto loaded = api::load_yaml("f.yaml", bytes);
  const bool whole = loaded.broken.empty() && !loaded.incomplete;
  hold(whole || !loaded.problems.empty(), "what is broken is told");
  for (const auto& problem : loaded.problems) {
    hold(problem.at.file == "f.yaml" && !problem.text.empty(), "a problem has a place and a text");
  }
  const auto desired = plan::build_desired({.documents = std::move(loaded.documents),
                                            .broken = std::move(loaded.broken),
                                            .incomplete = loaded.incomplete});
  for (const auto& target : desired.targets) {
    hold(!loaded.incomplete || !target.deletions_blocked.empty(), "S2");
    for (const auto& secret : target.secrets) {
      hold(!name_problem(target.place.kind, secret.name), "a name that the place takes");
    }
  }
}

}  // namespace lockstep::fuzz
