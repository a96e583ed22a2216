#include "base/dotenv_edit.hpp"
#include "base/json.hpp"
#include "fuzz/target.hpp"
#include "support/npm_dotenv.hpp"

namespace lockstep::fuzz {

namespace {

using Values = std::map<std::string, std::string>;

Values as_npm_reads(const std::vector<DotenvAssignment>& assignments) {
  Values out;
  for (const auto& one : assignments) out[std::string(one.name)] = one.value.expose();
  return out;
}

/// `A` gets the value and every other name keeps what it has.
void edit(std::string_view text, Values values, std::string_view value) {
  const Secret wanted(value);
  const DotenvEdit one{.name = "A", .value = &wanted};
  const auto out = edit_dotenv(text, "f", std::span(&one, 1));
  if (!out) return;
  values["A"] = value;
  hold(testing::NpmDotenv::parse(view(*out)) == values, "an edit changes one name");
}

}  // namespace

/// A text is read as the npm package reads it, or refused.
void dotenv(std::string_view bytes) {
  if (const auto npm = read_dotenv(bytes, "f", DotenvEscapes::npm)) {
    const auto values = as_npm_reads(*npm);
    hold(values == testing::NpmDotenv::parse(bytes), "read as npm reads it");
    edit(bytes, values, bytes.substr(0, bytes.size() / 2));
  }
  const auto compose = parse_dotenv(bytes, "f");
  // With backslashes the two differ on purpose; bytes that are no text npm replaces.
  if (!compose || bytes.contains('\\') || !is_utf8(bytes)) return;
  Values values;
  for (const auto& [name, value] : compose->values) values[name] = value.expose();
  hold(values == testing::NpmDotenv::parse(bytes), "sources are read alike without backslashes");
}

}  // namespace lockstep::fuzz
