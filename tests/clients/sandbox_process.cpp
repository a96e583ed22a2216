#include "clients/sandbox_process.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <fstream>
#include <sstream>
#include <stdexcept>

namespace lockstep::clients {

namespace {

std::filesystem::path fresh_folder() {
  auto pattern = (std::filesystem::path(::testing::TempDir()) / "lockstep-clients-XXXXXX").string();
  if (!::mkdtemp(pattern.data())) throw std::runtime_error("mkdtemp");
  return pattern;
}

}  // namespace

SandboxProcess::SandboxProcess(const std::string& accounts, const std::vector<std::string>& options)
    : folder_(fresh_folder()) {
  std::ofstream(folder_ / "accounts.yaml") << accounts;
  std::vector<std::string> words{LOCKSTEP_BINARY_DIR "/tests/lockstep-sandbox",
                                 "--account",
                                 "accounts.yaml",
                                 "--tls-cert",
                                 "ca.pem",
                                 "--tls-key",
                                 "key.pem",
                                 "--print-urls",
                                 "-"};
  words.insert(words.end(), options.begin(), options.end());
  child_ = std::make_unique<Child>(words,
                                   Surroundings{.folder = folder_, .environment = {}, .input = ""});
  std::istringstream lines(child_->wait_for_line("github="));
  for (std::string line; std::getline(lines, line);) {
    const auto equals = line.find('=');
    urls_[line.substr(0, equals)] = line.substr(equals + 1);
  }
  if (urls_.empty()) throw std::runtime_error("the sandbox did not start: " + child_->said().err);
}

std::unique_ptr<SandboxProcess> SandboxProcess::quickstart(
    const std::vector<std::string>& options) {
  std::ifstream file(LOCKSTEP_SOURCE_DIR "/tests/sandbox/quickstart.yaml");
  std::ostringstream text;
  text << file.rdbuf();
  return std::make_unique<SandboxProcess>(text.str(), options);
}

SandboxProcess::~SandboxProcess() {
  if (child_) {
    child_->terminate();
    (void)child_->finish();
  }
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

std::string SandboxProcess::host() const {
  const auto& https = url("https");
  return "localhost" + https.substr(https.rfind(':'));
}

}  // namespace lockstep::clients
