#include "api/credential_like.hpp"

#include <gtest/gtest.h>

namespace lockstep::api {
namespace {

// Each is made up; the shapes and lengths are the providers'.
TEST(CredentialLike, FindsWhatPeoplePaste) {
  for (const std::string_view text : {"sk_live_51ExampleExampleExample",
                                      "sk_test_51Example",
                                      "whsec_exampleExample",
                                      "ghp_0123456789abcdefghijABCDEFGHIJ012345",
                                      "github_pat_11EXAMPLE_example",
                                      "gho_example",
                                      "ghs_example",
                                      "xoxb-1234-example",
                                      "xapp-1-EXAMPLE",
                                      "AKIAEXAMPLEEXAMPLE12",
                                      "AIzaSyExampleExampleExampleExample01234",
                                      "re_ExampleExample_1234",
                                      "napi_example0example",
                                      "fm2_lJPEexample",
                                      "FlyV1 fm2_lJPEexample",
                                      "sk-ant-api03-example",
                                      "glpat-example",
                                      "npm_ExampleExampleExample",
                                      "-----BEGIN PRIVATE KEY-----\nMIIE",
                                      "Bearer abcdefgh",
                                      "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl",
                                      "postgres://app:pw@db.example.com/app",
                                      "redis://:pw@cache.example.com",
                                      "0123456789abcdef0123456789abcdef",
                                      "id=0123456789ABCDEF0123456789ABCDEF0",
                                      "q8Zr2LmX0vKp7TnWc4Yd",
                                      "k3j9x2m8q1w7e5r4t6y0",
                                      "Zm9vYmFyMTIzNDU2Nzg5MGFiY2RlZmdoaWo="}) {
    EXPECT_TRUE(looks_like_credential(text)) << text;
  }
}

TEST(CredentialLike, LeavesConfigurationAlone) {
  for (const std::string_view text :
       {"",
        "oidc",
        "prod-stream-aigw",
        "prod-stream-tenant-db",
        "true",
        "https://npm.alokai.cloud",
        "https://gateway.ai.cloudflare.com/v1/acme/prod-stream-aigw/openai",
        "Molecule AI <noreply@moleculesai.app>",
        "claude-3-5-sonnet-20241022",
        "@cf/meta/llama-3.1-8b-instruct-fp8-fast",
        "europe-west1",
        "re_try",
        "npm_config",
        "sk_live_",
        "AKIA",
        "sk-SK",
        "getElementByIdFromTheDocument",
        "production-alokai-cms-2026-01-15",
        "550e8400-e29b-41d4-a716-446655440000",
        "postgres://db.example.com:5432/app",
        "the quick brown fox jumps over the lazy dog",
        "us-east-1.aws.neon.tech",
        "ghcr.io/molecule-ai/molecule-tenant:latest",
        "2026-01-15T10:00:00Z"}) {
    EXPECT_FALSE(looks_like_credential(text)) << text << ": " << *looks_like_credential(text);
  }
}

TEST(CredentialLike, ReasonHoldsNothingOfTheText) {  // S4
  EXPECT_EQ(looks_like_credential("postgres://app:hunter2@db.example.com/app"),
            "it is a URL with a password");
  EXPECT_EQ(looks_like_credential("sk_live_51Example"), "it starts like a Stripe key");
}

}  // namespace
}  // namespace lockstep::api
