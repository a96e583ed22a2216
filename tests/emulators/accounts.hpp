// A Cloudflare account with one Worker, for the tests of the emulator.
#pragma once

#include <gtest/gtest.h>

#include "asking.hpp"
#include "sandbox/cloudflare.hpp"

namespace lockstep::sandbox {

inline const std::string kAccount = "0123456789abcdef0123456789abcdef";
inline const std::string kWorker = "production-alokai-cms";

class CloudflareTest : public ::testing::Test {
 protected:
  explicit CloudflareTest(CloudflareOptions options = {}) : cloudflare_(std::move(options)) {
    cloudflare_.add_account(kAccount, "Example");
    cloudflare_.add_account("ffffffffffffffffffffffffffffffff", "Other");
    cloudflare_.add_worker(kAccount, kWorker, at(0),
                           {{.name = "STAGE", .fields = {{"text", "production"}}},
                            {.name = "DB", .type = "d1", .fields = {{"id", "1111"}}}});
    cloudflare_.add_token(
        {.id = "tok1",
         .secret = "cf-writer",
         .owner_email = "lockstep@example.com",
         .accounts = {kAccount},
         .permissions = {"Workers Scripts Write", "D1 Read", "Workers KV Storage Write",
                         "Workers R2 Storage Read", "AI Gateway Read"}});
  }
  static std::string path(const std::string& rest) {
    return "/client/v4/accounts/" + kAccount + rest;
  }
  static std::string script(const std::string& rest) {
    return path("/workers/scripts/" + kWorker + rest);
  }
  static std::string body(const std::string& name, const std::string& text) {
    return R"({"name":")" + name + R"(","text":")" + text + R"(","type":"secret_text"})";
  }
  Answer put_secret(const std::string& name, const std::string& text) {
    return asking_.put(script("/secrets"), body(name, text));
  }
  std::optional<std::string_view> value(const std::string& name) const {
    return cloudflare_.value(kAccount, kWorker, name);
  }
  std::size_t versions() const { return cloudflare_.version_count(kAccount, kWorker); }
  json::value newest_deployment() {
    return asking_.get(script("/deployments")).result().at("deployments").at(0);
  }

  CloudflareEmulator cloudflare_;
  Asking asking_{cloudflare_, "Bearer cf-writer"};
  const Person alice_{.email = "alice@example.com", .source = "dash"};
};

}  // namespace lockstep::sandbox
