// A private repository with two environments, for the tests of the emulator.
#pragma once

#include <gtest/gtest.h>

#include "asking.hpp"
#include "base/digest.hpp"
#include "sandbox/github.hpp"
#include "sandbox/sealed_box.hpp"

namespace lockstep::sandbox {

class GitHubTest : public ::testing::Test {
 protected:
  explicit GitHubTest(GitHubOptions options = unlimited()) : github_(options) {
    github_.add_repository("alokai/cms", at(0));
    github_.add_repository("alokai/shop", at(0));
    github_.add_repository("alokai/docs", at(0), false);
    github_.add_environment("alokai/cms", "production", at(0));
    github_.add_environment("alokai/cms", "team/blue", at(0));
    github_.add_token({.id = "t1", .secret = "github_pat_all", .permissions = all_permissions()});
  }
  static GitHubOptions unlimited() {
    return {.requests_per_hour = 0,
            .points_per_minute = 0,
            .content_per_minute = 0,
            .content_per_hour = 0};
  }
  static std::map<std::string, std::string> all_permissions() {
    return {{"secrets", "write"},
            {"environments", "write"},
            {"actions", "read"},
            {"contents", "read"},
            {"administration", "write"}};
  }
  /// The body of a write, sealed to the key of `scope` (`/repos/.../secrets`).
  std::string sealed(const std::string& scope, std::string_view value) {
    const auto key = asking_.get(scope + "/public-key").body;
    const auto bytes = from_base64(key.at("key").as_string()).value();
    const auto box = to_base64(view(seal_box(view(bytes), value)));
    return body(std::string(view(box)), std::string(key.at("key_id").as_string()));
  }
  static std::string body(const std::string& encrypted, const std::string& key_id) {
    return R"({"encrypted_value":")" + encrypted + R"(","key_id":")" + key_id + R"("})";
  }
  Answer put(const std::string& scope, const std::string& name, std::string_view value) {
    const auto text = sealed(scope, value);
    return asking_.put(scope + "/" + name, text);
  }
  std::optional<std::string_view> value(const std::string& name) const {
    return github_.value({.repository = "alokai/cms"}, name);
  }

  GitHubEmulator github_;
  Asking asking_{github_, "Bearer github_pat_all"};
  const std::string repository_ = "/repos/alokai/cms";
  const std::string secrets_ = "/repos/alokai/cms/actions/secrets";
  const std::string production_ = "/repos/alokai/cms/environments/production/secrets";
};

}  // namespace lockstep::sandbox
