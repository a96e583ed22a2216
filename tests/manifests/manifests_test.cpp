// The manifests of this repository: they are valid together, say what every secret is for and
// hold no value; what stands in for their Secrets in the quickstart fits them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "api/credential_like.hpp"
#include "api/format.hpp"
#include "api/local_config.hpp"
#include "api/node.hpp"
#include "base/files.hpp"
#include "base/text.hpp"
#include "manifests/everything.hpp"

namespace lockstep {
namespace {

using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

/// The made-up values of the quickstart, by Secret (`NAMESPACE.NAME`) and key. The files use only
/// the plainest part of the dotenv grammar: one line a value, in double quotes where it has blanks.
std::map<std::string, std::map<std::string, std::string>> fake_values() {
  std::map<std::string, std::map<std::string, std::string>> out;
  const auto folder = root / "tests/quickstart/values";
  const auto listed = make_system_files()->list(folder, 100);
  for (const auto& file : listed.value()) {
    const auto text = read_text(folder / file);
    for (const auto& line : split(text, '\n')) {
      const auto equals = line.find('=');
      if (line.starts_with('#') || equals == std::string::npos) continue;
      auto value = line.substr(equals + 1);
      if (value.starts_with('"')) value = value.substr(1, value.size() - 2);
      out[file.substr(0, file.size() - 4)][line.substr(0, equals)] = value;
    }
  }
  return out;
}

TEST(Manifests, AreValidTogether) {
  const Everything all;
  EXPECT_THAT(all.problems, IsEmpty());
  EXPECT_FALSE(all.manifests.incomplete);
  for (const auto& target : all.desired.targets) {
    EXPECT_EQ(target.deletions_blocked, "") << to_string(target.key);
  }
}

TEST(Manifests, SayOfEverySecretWhatItIsForAndWhereItComesFrom) {
  const Everything all;
  for (const auto& target : all.desired.targets) {
    for (const auto& secret : target.secrets) {
      const auto where = to_string(target.key) + " " + secret.name;
      EXPECT_NE(secret.description, "") << where;
      if (secret.kind == ValueKind::absent) continue;
      EXPECT_NE(secret.obtain_from, "") << where;
      EXPECT_THAT(secret.used_by, ::testing::Not(IsEmpty())) << where;
      if (secret.kind != ValueKind::literal && secret.kind != ValueKind::variable) continue;
      const auto problem = api::format_problem(secret.format, secret.text);
      EXPECT_FALSE(problem) << where << ": " << problem.value_or("");
    }
  }
}

TEST(Manifests, CompromisedOnlySecretsSayWhatBreaks) {
  const Everything all;
  std::vector<std::string> found;
  for (const auto& target : all.desired.targets) {
    for (const auto& secret : target.secrets) {
      if (secret.rotation.policy != api::RotationPolicy::CompromisedOnly) continue;
      found.push_back(to_string(target.key) + " " + secret.name);
      EXPECT_NE(secret.rotation.consequence, "") << found.back();
      EXPECT_EQ(secret.format.hex_bytes, 32) << found.back();
    }
  }
  EXPECT_THAT(found, UnorderedElementsAre("cms/cms-production TOKEN_ENCRYPTION_KEY",
                                          "cms/cms-staging TOKEN_ENCRYPTION_KEY",
                                          "molecule/control-plane SECRETS_ENCRYPTION_KEY"));
}

/// Every scalar with the path of keys that leads to it. The account's id identifies, it opens
/// nothing.
void collect(const api::Node& node, const std::string& path,
             std::vector<std::pair<std::string, std::string>>& out) {
  if (!node.text.empty() && node.text != account) out.emplace_back(path, node.text);
  for (const auto& item : node.items) collect(item, path + "[]", out);
  for (const auto& entry : node.entries) {
    out.emplace_back(path, entry.key);
    collect(entry.value, path + "." + entry.key, out);
  }
}

// S4
TEST(Manifests, HoldNothingThatLooksLikeACredential) {
  for (const auto& path : manifest_files(".yaml")) {
    const auto parsed = api::parse_yaml(path.string(), read_text(path));
    ASSERT_THAT(parsed.documents, ::testing::Not(IsEmpty())) << path;
    std::vector<std::pair<std::string, std::string>> scalars;
    for (const auto& document : parsed.documents) collect(document, "", scalars);
    for (const auto& [where, text] : scalars) {
      const auto reason = api::looks_like_credential(text);
      EXPECT_FALSE(reason) << path << where << ": " << reason.value_or("");
    }
  }
}

// S4
TEST(Manifests, HoldNoneOfTheQuickstartsValues) {
  auto texts = manifest_files(".yaml");
  const auto pages = manifest_files(".md");
  texts.insert(texts.end(), pages.begin(), pages.end());
  for (const auto& path : texts) {
    const auto text = read_text(path);
    for (const auto& [secret, values] : fake_values()) {
      for (const auto& [key, value] : values) {
        EXPECT_FALSE(text.contains(value)) << path << " holds " << secret << "/" << key;
      }
    }
  }
}

TEST(Manifests, TheQuickstartHasAFittingValueForEverySecret) {
  const Everything all;
  auto left = fake_values();
  std::set<std::string> used;
  for (const auto& target : all.desired.targets) {
    for (const auto& secret : target.secrets) {
      if (secret.kind != ValueKind::source) continue;
      const auto file = target.key.ns + "." + secret.source_secret;
      const auto where = file + "/" + secret.source_key;
      const auto& values = left[file];
      const auto value = values.find(secret.source_key);
      if (value == values.end()) {
        EXPECT_TRUE(secret.optional) << where << " has no value";
        continue;
      }
      used.insert(where);
      const auto problem = api::format_problem(secret.format, value->second);
      EXPECT_FALSE(problem) << where << ": " << problem.value_or("");
    }
  }
  for (const auto& [key, credential] : all.desired.credentials) {
    const auto file = key.ns + "." + credential.metadata.name;
    EXPECT_TRUE(left[file].contains("token")) << file;
    used.insert(file + "/token");
  }
  for (const auto& [file, values] : left) {
    for (const auto& [key, value] : values) {
      EXPECT_TRUE(used.contains(file + "/" + key)) << file << "/" << key << " is for nothing";
    }
  }
}

TEST(Manifests, TheQuickstartsLocalConfigStandsInForEverySecretThatIsNamed) {
  auto text = read_text(root / "tests/quickstart/lockstep.local.yaml.in");
  const std::pair<std::string, std::string> blanks[] = {
      {"@CLOUDFLARE@", "https://127.0.0.1:8443/client/v4"},
      {"@FLY@", "https://127.0.0.1:8443"},
      {"@GITHUB@", "https://127.0.0.1:8443"},
      {"@CA_FILE@", "ca.pem"}};
  for (const auto& [blank, filled] : blanks) {
    const auto at = text.find(blank);
    ASSERT_NE(at, std::string::npos) << blank;
    text.replace(at, blank.size(), filled);
  }
  const auto loaded = api::load_local_config("lockstep.local.yaml", text);
  ASSERT_TRUE(loaded.config) << api::to_string(loaded.problems.at(0));
  std::set<std::string> named, local;
  for (const auto& document : Everything().manifests.documents) {
    const auto& ns = api::metadata(document).ns;
    if (const auto* credential = std::get_if<api::Credential>(&document)) {
      named.insert(ns + "/" + credential->metadata.name);
    }
    const auto* environment = std::get_if<api::Environment>(&document);
    if (!environment) continue;
    for (const auto& source : environment->sources) {
      named.insert(ns + "/" + source.secret_ref.name);
      if (environment->local) local.insert(ns + "/" + source.secret_ref.name);
    }
  }
  std::set<std::string> stood_in, may_be_local;
  for (const auto& [secret, stand_in] : loaded.config->secrets) {
    stood_in.insert(secret);
    if (stand_in.local_files) may_be_local.insert(secret);
  }
  EXPECT_EQ(stood_in, named);
  EXPECT_EQ(may_be_local, local) << "S19";
}

}  // namespace
}  // namespace lockstep
