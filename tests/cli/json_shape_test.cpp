// Every documented member of every JSON result is there: scripts depend on it.
#include <set>

#include "base/json.hpp"
#include "cli/shop.hpp"

namespace lockstep::cli::testing {
namespace {

void collect(const json::value& value, const std::string& path, std::set<std::string>& out) {
  if (const auto* object = value.if_object()) {
    for (const auto& [key, inner] : *object) {
      const auto here = path + "." + std::string(key);
      out.insert(here);
      collect(inner, here, out);
    }
  } else if (const auto* list = value.if_array()) {
    for (const auto& inner : *list) collect(inner, path + "[]", out);
  }
}

/// Fails for each documented member that is not in the document; `.a[].b` is b of each in list a.
void expect_members(const std::string& text, const std::vector<std::string>& members) {
  const auto parsed = parse_json(text);
  ASSERT_TRUE(parsed) << text;
  EXPECT_EQ(int_member(*parsed, "version"), 1);
  std::set<std::string> found;
  collect(*parsed, "", found);
  for (const auto& name : members) EXPECT_TRUE(found.contains(name)) << name << " in " << text;
}

std::vector<std::string> under(const std::string& path, const std::vector<std::string>& names) {
  std::vector<std::string> out;
  for (const auto& name : names) out.push_back(path + "." + name);
  return out;
}

std::vector<std::string> operator+(std::vector<std::string> a, const std::vector<std::string>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

TEST_F(Shop, JsonHasEveryDocumentedMember) {
  ASSERT_EQ(lockstep({"apply", "--yes"}).code, 0);
  someone_sets("DATABASE_URL", "postgres://someone-else.example/db");
  ASSERT_EQ(lockstep({"hold", "api", "--for", "1h", "--reason", "x", "--by", "y"}).code, 0);
  write("manifests/more.yaml", "apiVersion: lockstep.dev/v1alpha1\nkind: Target\n");
  const auto problem = under(".problems[]", {"file", "line", "column", "path", "text"});
  const auto json = [&](std::vector<std::string> words) {
    words.insert(words.end(), {"--output", "json"});
    return lockstep(words).out;
  };
  const std::vector<std::string> hold = {"name", "since", "until", "by", "reason"};
  expect_members(json({"validate"}), under("", {"documents", "broken"}) + problem);
  expect_members(
      json({"plan"}),
      under("", {"at", "summary"}) + problem +
          under(".targets[]", {"key", "place", "environment", "observedAt", "error", "gates",
                               "secrets", "notes", "holds", "summary", "approvalDigest"}) +
          under(".targets[].secrets[]",
                {"name", "state", "certainty", "action", "runs", "gate", "gateReason", "reason",
                 "source", "since", "who", "needsApproval", "desired", "optional", "due"}) +
          under(".targets[].holds[]", hold));
  expect_members(json({"apply", "--yes"}), under("", {"planned", "done", "failed", "left"}) +
                                               under(".planned", {"problems"}));
  expect_members(json({"status"}),
                 under("", {"at"}) + problem +
                     under(".targets[]", {"key", "environment", "place", "ready", "reason",
                                          "message", "secrets", "inSync", "drifted", "lastObserved",
                                          "reads", "writes", "holds", "wrong"}) +
                     under(".targets[].wrong[]", {"urgency", "name", "state", "certainty", "gate",
                                                  "since", "who", "why", "next", "advice"}));
  expect_members(
      json({"diff"}),
      under("", {"at", "differs"}) + problem +
          under(".targets[]", {"key", "place", "environment", "error", "differences"}) +
          under(".targets[].differences[]", {"name", "state", "certainty", "is", "shallBe", "since",
                                             "who", "gate", "gateReason"}));
  expect_members(
      json({"hold", "--list"}),
      under(".holds[]", hold) + under(".holds[]", {"target", "namespace", "place", "release"}));
  expect_members(json({"rollout", "api", "--yes"}),
                 under(".targets[]", {"key", "kind", "live", "left", "why", "remedy", "notes"}));
  expect_members(json({"keyring", "list"}),
                 under(".keys[]", {"namespace", "secret", "key", "since", "previous"}));
  expect_members(json({"version"}), under("", {"lockstep", "compiler", "libraries"}));
  expect_members(json({"explain", "target.policy.prune"}), under("", {"path", "text"}));
}

}  // namespace
}  // namespace lockstep::cli::testing
