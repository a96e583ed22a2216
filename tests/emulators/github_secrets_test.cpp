#include "github_account.hpp"

namespace lockstep::sandbox {
namespace {

class GitHubSecrets : public GitHubTest {};

TEST_F(GitHubSecrets, PutCreatesThenUpdatesAndNeverShowsAValue) {
  asking_.now = at(5.4);
  const auto created = put(secrets_, "NPM_TOKEN", "npm_fake_0001");
  EXPECT_EQ(created.status(), 201);
  EXPECT_EQ(created.text(), "{}");
  asking_.now = at(9.9);
  const auto updated = put(secrets_, "NPM_TOKEN", "npm_fake_0002");
  EXPECT_EQ(updated.status(), 204);
  EXPECT_EQ(updated.text(), "");
  EXPECT_EQ(value("NPM_TOKEN"), "npm_fake_0002");
  const auto one = asking_.get(secrets_ + "/NPM_TOKEN");
  EXPECT_EQ(one.body, parsed(R"({"name":"NPM_TOKEN","created_at":"2026-01-01T00:00:05Z",
                                 "updated_at":"2026-01-01T00:00:09Z"})"));
  const auto list = asking_.get(secrets_);
  EXPECT_EQ(list.body.at("total_count"), 1);
  EXPECT_EQ(list.body.at("secrets").at(0), one.body);
}

TEST_F(GitHubSecrets, EveryPutMovesUpdatedAtEvenWithTheSameValue) {
  put(secrets_, "SAME", "fake-value");
  asking_.now = at(3);
  put(secrets_, "SAME", "fake-value");
  const auto one = asking_.get(secrets_ + "/SAME").body;
  EXPECT_EQ(one.at("created_at"), "2026-01-01T00:00:00Z");
  EXPECT_EQ(one.at("updated_at"), "2026-01-01T00:00:03Z");
}

TEST_F(GitHubSecrets, DeletedAndMadeAgainHasANewCreatedAt) {
  put(secrets_, "AGAIN", "fake-value");
  EXPECT_EQ(asking_.remove(secrets_ + "/AGAIN").status(), 204);
  EXPECT_EQ(asking_.remove(secrets_ + "/AGAIN").status(), 404);
  EXPECT_EQ(asking_.get(secrets_ + "/AGAIN").status(), 404);
  asking_.now = at(7);
  EXPECT_EQ(put(secrets_, "AGAIN", "fake-value").status(), 201);
  EXPECT_EQ(asking_.get(secrets_ + "/AGAIN").body.at("created_at"), "2026-01-01T00:00:07Z");
}

TEST_F(GitHubSecrets, EachScopeHasAKeyOfItsOwn) {
  const std::string other = "/repos/alokai/cms/environments/team%2Fblue/secrets";
  std::set<std::string> keys;
  for (const auto& scope : {secrets_, production_, other}) {
    keys.insert(std::string(asking_.get(scope + "/public-key").body.at("key").as_string()));
  }
  EXPECT_EQ(keys.size(), 3U);
  const auto for_repository = sealed(secrets_, "fake-value");
  const auto refused = asking_.put(production_ + "/A", for_repository);
  EXPECT_EQ(refused.status(), 422);
  EXPECT_NE(refused.text().find("improperly encrypted secret"), std::string::npos);
  // The right id does not make the wrong key right.
  const auto id = asking_.get(production_ + "/public-key").body.at("key_id").as_string();
  const auto box = std::string(parsed(for_repository).at("encrypted_value").as_string());
  EXPECT_EQ(asking_.put(production_ + "/A", body(box, std::string(id))).status(), 422);
  EXPECT_EQ(put(production_, "A", "fake-value").status(), 201);
  EXPECT_EQ(github_.value({"alokai/cms", "production"}, "A"), "fake-value");
  EXPECT_EQ(value("A"), std::nullopt);
}

TEST_F(GitHubSecrets, StaleKeyIsRefusedAndTheNewOneWorks) {
  const auto old = sealed(secrets_, "fake-value");
  github_.rotate_key({.repository = "alokai/cms"});
  EXPECT_EQ(asking_.put(secrets_ + "/A", old).status(), 422);
  EXPECT_EQ(put(secrets_, "A", "fake-value").status(), 201);
}

TEST_F(GitHubSecrets, NamesAreStoredInUpperCase) {
  EXPECT_EQ(put(secrets_, "npm_token", "one-fake").status(), 201);
  EXPECT_EQ(put(secrets_, "NPM_TOKEN", "two-fake").status(), 204);
  EXPECT_EQ(github_.names({.repository = "alokai/cms"}), std::vector<std::string>{"NPM_TOKEN"});
  EXPECT_EQ(asking_.get(secrets_ + "/Npm_Token").body.at("name"), "NPM_TOKEN");
}

TEST_F(GitHubSecrets, RefusesBadNames) {
  for (const auto* name : {"1ST", "WITH-DASH", "WITH%20BLANK", "WITH%2FSLASH", "PER%25CENT",
                           "%C3%9C", "GITHUB_TOKEN", "github_token", "public-key"}) {
    EXPECT_EQ(put(secrets_, name, "fake-value").status(), 422) << name;
  }
  EXPECT_EQ(put(secrets_, "_GITHUB_", "fake-value").status(), 201);
}

TEST_F(GitHubSecrets, RefusesBadBodies) {
  struct Case {
    std::string body;
    int status;
    const char* text;
  };
  const auto id = std::string(asking_.get(secrets_ + "/public-key").body.at("key_id").as_string());
  const Case cases[] = {
      {"{", 400, "Problems parsing JSON"},
      {"[]", 400, "Body should be a JSON object"},
      {R"({"encrypted_value":"AAAA"})", 422, R"(\"key_id\" wasn't supplied)"},
      {R"({"key_id":"1"})", 422, R"(\"encrypted_value\" wasn't supplied)"},
      {R"({"encrypted_value":"AAAA","key_id":12})", 422, "is not a string"},
      {body("fake plaintext!", id), 422, "fake plaintext! does not match"},
      {body("AAAA\\n", id), 422, "does not match"},
      {body("AAA", id), 422, "does not match"},
      {body("", id), 422, "improperly encrypted"},
      {body("AAAA", id), 422, "improperly encrypted"},
      {body("AAAA", "567"), 422, "improperly encrypted"},
  };
  for (const auto& each : cases) {
    const auto answer = asking_.put(secrets_ + "/A", each.body);
    EXPECT_EQ(answer.status(), each.status) << each.body;
    EXPECT_NE(answer.text().find(each.text), std::string::npos) << answer.text();
  }
  EXPECT_TRUE(github_.names({.repository = "alokai/cms"}).empty());
}

TEST_F(GitHubSecrets, KeyIdIsOpaqueThoughItLooksLikeANumber) {
  const auto id = asking_.get(secrets_ + "/public-key").body.at("key_id").as_string();
  EXPECT_EQ(id.size(), 18U);
  EXPECT_EQ(id[0], '0');
}

TEST_F(GitHubSecrets, ValuesAreExactBytesUpToTheLimit) {
  const std::string odd("line one\r\nline two\n\0\xFF end\n", 25);
  put(secrets_, "ODD", odd);
  EXPECT_EQ(value("ODD"), odd);
  EXPECT_EQ(put(secrets_, "EMPTY", "").status(), 201);
  EXPECT_EQ(value("EMPTY"), "");
  EXPECT_EQ(put(secrets_, "LARGEST", std::string(48'000, 'x')).status(), 201);
  EXPECT_EQ(put(secrets_, "TOO_LARGE", std::string(48'001, 'x')).status(), 422);
}

TEST_F(GitHubSecrets, HundredNamesAScopeAndNoMore) {
  for (int i = 0; i < 100; ++i) {
    github_.set_secret({.repository = "alokai/cms"}, "N" + std::to_string(i), "fake", at(0));
  }
  EXPECT_EQ(put(secrets_, "ONE_MORE", "fake-value").status(), 422);
  EXPECT_EQ(put(secrets_, "N5", "fake-value").status(), 204);
  EXPECT_EQ(put(production_, "ONE_MORE", "fake-value").status(), 201);
}

TEST_F(GitHubSecrets, NamesInPathsAreCaseInsensitiveAndPercentDecoded) {
  put("/repos/Alokai/CMS/environments/Team%2fBlue/secrets", "A", "fake-value");
  EXPECT_EQ(github_.value({"alokai/cms", "team/blue"}, "A"), "fake-value");
  EXPECT_EQ(asking_.get("/repos/alokai/cms/environments/team/blue/secrets").status(), 404);
  EXPECT_EQ(asking_.get("/repos/alokai/cms/environments/nowhere/secrets").status(), 404);
  EXPECT_EQ(asking_.get("/repos/alokai/cms/environments/nowhere/secrets/public-key").status(), 404);
  EXPECT_EQ(asking_.get(secrets_ + "/").status(), 404);
  EXPECT_EQ(asking_.get(repository_ + "/").status(), 404);
}

TEST_F(GitHubSecrets, ServesTheOldPathByIdAndTheEnterprisePrefix) {
  const auto id = std::to_string(asking_.get(repository_).body.at("id").to_number<int>());
  const auto old = "/repositories/" + id + "/environments/production/secrets";
  EXPECT_EQ(put(old, "A", "fake-value").status(), 201);
  EXPECT_EQ(asking_.get("/api/v3" + production_).body.at("total_count"), 1);
  EXPECT_EQ(asking_.get("/api/v3" + old + "/A").status(), 200);
  EXPECT_EQ(asking_.get("/repositories/" + id).body.at("full_name"), "alokai/cms");
  EXPECT_EQ(asking_.get("/repositories/9" + id).status(), 404);
  EXPECT_TRUE(github_.serves("/repos/alokai/cms"));
  EXPECT_TRUE(github_.serves("/api/v3/repos/alokai/cms"));
  EXPECT_FALSE(github_.serves("/v1/apps"));
}

TEST_F(GitHubSecrets, PeopleChangeThemToo) {
  github_.set_secret({"alokai/cms", "production"}, "npm_token", "fake-value", at(2));
  const auto one = asking_.get(production_ + "/NPM_TOKEN").body;
  EXPECT_EQ(one.at("updated_at"), "2026-01-01T00:00:02Z");
  github_.unset_secret({"alokai/cms", "production"}, "npm_token", at(3));
  EXPECT_EQ(asking_.get(production_).body.at("total_count"), 0);
}

TEST(SealedBox, OpensOnlyWithItsOwnKeys) {
  const auto keys = make_box_keys("one");
  const auto box = seal_box(keys.public_key, "fake-value");
  EXPECT_EQ(box.size(), std::string_view("fake-value").size() + 48);
  EXPECT_NE(view(box), view(seal_box(keys.public_key, "fake-value")));
  EXPECT_EQ(open_box(keys, view(box))->expose(), "fake-value");
  EXPECT_FALSE(open_box(make_box_keys("two"), view(box)));
  EXPECT_FALSE(open_box(keys, view(box).substr(1)));
  EXPECT_FALSE(open_box(keys, ""));
}

}  // namespace
}  // namespace lockstep::sandbox
