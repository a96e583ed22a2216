// The policy of an Environment and of a Target. No field has a default in the schema: it would
// hide what the Environment says.
#include <array>

#include "api/schema_tables.hpp"

namespace lockstep::api {

template <>
std::span<const std::string_view> words_of<Drift>() {
  static constexpr std::array<std::string_view, 2> words = {"Repair", "Report"};
  return words;
}
template <>
std::span<const std::string_view> words_of<OnUnverifiable>() {
  static constexpr std::array<std::string_view, 2> words = {"Report", "Rewrite"};
  return words;
}
template <>
std::span<const std::string_view> words_of<Adopt>() {
  static constexpr std::array<std::string_view, 3> words = {"Refuse", "Trust", "Overwrite"};
  return words;
}
template <>
std::span<const std::string_view> words_of<Prune>() {
  static constexpr std::array<std::string_view, 3> words = {"Never", "Owned", "All"};
  return words;
}
template <>
std::span<const std::string_view> words_of<Apply>() {
  static constexpr std::array<std::string_view, 2> words = {"Live", "Staged"};
  return words;
}
template <>
std::span<const std::string_view> words_of<OnDelete>() {
  static constexpr std::array<std::string_view, 2> words = {"Orphan", "DeleteOwned"};
  return words;
}
template <>
std::span<const std::string_view> words_of<Weekday>() {
  static constexpr std::array<std::string_view, 7> words = {"Mon", "Tue", "Wed", "Thu",
                                                            "Fri", "Sat", "Sun"};
  return words;
}

template <>
const Object& object_of<WriteWindow>() {
  static constexpr Options days{.unique = true, .max = 7};
  static constexpr Options time{.required = true,
                                .min = 5,
                                .max = 5,
                                .pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$",
                                .hint = "a time of day as \"HH:MM\", such as \"02:00\""};
  static constexpr Options zone{
      .min = 1,
      .max = 64,
      .pattern = "^[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z][A-Za-z0-9_+-]*){0,2}$",
      .hint = "a time zone of the IANA database, such as Europe/Berlin or UTC"};
  static constexpr Field fields[] = {
      field<WriteWindow, &WriteWindow::days>(
          "days", "The days on which the window opens; left out, every day.", days),
      field<WriteWindow, &WriteWindow::from>("from", "When the window opens, as HH:MM.", time),
      field<WriteWindow, &WriteWindow::to>(
          "to", "When it closes, as HH:MM; before `from` means on the next day.", time),
      field<WriteWindow, &WriteWindow::time_zone>(
          "timeZone", "The IANA time zone in which both are meant.", zone)};
  static constexpr Rule rules[] = {rule<WriteWindow>(
      "self.from != self.to", "`from` and `to` are the same, so the window never opens: change one",
      [](const WriteWindow& w) { return w.from != w.to; })};
  static const Object object{.doc = "A time of the week in which lockstep may write.",
                             .fields = fields,
                             .rules = rules,
                             .defaults = defaults_of<WriteWindow>()};
  return object;
}

template <>
const Object& object_of<Policy>() {
  using P = Policy;
  static constexpr Options max_deletions{
      .number_too = true,
      .min = 1,
      .max = 6,
      .pattern = "^((0|[1-9][0-9]?|100)%|0|[1-9][0-9]{0,4})$",
      .hint = "a share such as 25% (at most 100%) or a count such as 3"};
  static constexpr Options ignore{.unique = true, .items = &limits::some_name};
  static constexpr Field fields[] = {
      field<P, &P::drift>("drift",
                          "What to do about changes made by others: Repair (the default) or only "
                          "Report; new names and new values are delivered either way."),
      field<P, &P::repair_after>("repairAfter",
                                 "How long the controller shows a change by someone else before it "
                                 "overwrites it; 10m unless said otherwise."),
      field<P, &P::on_unverifiable>("onUnverifiable",
                                    "What to do when something happened that may have changed a "
                                    "secret and the provider cannot say: Report (the default) or "
                                    "Rewrite."),
      field<P, &P::adopt>("adopt",
                          "What to do with a desired name that was there before lockstep: Refuse "
                          "(the default), Trust its value, or Overwrite it."),
      field<P, &P::prune>("prune",
                          "Which names that nobody desires are deleted: Never, Owned (the default: "
                          "those lockstep made) or All."),
      field<P, &P::prune_after>(
          "pruneAfter",
          "How long a name must have been undesired, at every pass, before it "
          "is deleted; 1h unless said otherwise."),
      field<P, &P::max_deletions>(
          "maxDeletions",
          "How many of the place's names may be deleted in 24 hours, as a "
          "share or a count, at least 1; more needs an approval; 25% unless "
          "said otherwise.",
          max_deletions),
      field<P, &P::apply>("apply",
                          "Whether a write goes Live (the default) or is only Staged where the "
                          "provider can: on a Worker in a version that a person deploys."),
      field<P, &P::ignore>(
          "ignore",
          "Names, with * for any run of characters, that lockstep leaves alone and "
          "does not report.",
          ignore),
      field<P, &P::write_windows>("writeWindows",
                                  "When writes may happen; left out or empty, at any time."),
      field<P, &P::on_delete>("onDelete",
                              "What happens to the secrets when the Target goes: Orphan (the "
                              "default) keeps them, DeleteOwned deletes those lockstep made.")};
  static const Object object{
      .doc =
          "How careful lockstep is; a field left out is taken from the Environment's policy, "
          "then from the built-in default.",
      .fields = fields};
  return object;
}

}  // namespace lockstep::api
