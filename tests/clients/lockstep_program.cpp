#include "clients/lockstep_program.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "base/json.hpp"

namespace lockstep::clients {

LockstepProgram::LockstepProgram(const SandboxProcess& sandbox, const std::string& manifests,
                                 const std::string& secrets)
    : folder_(sandbox.folder() / "work"), home_(sandbox.folder()) {
  std::filesystem::create_directories(folder_ / "manifests");
  std::ofstream(folder_ / "manifests/all.yaml") << manifests;
  std::ofstream(folder_ / "lockstep.local.yaml")
      << "secrets:\n"
      << secrets << "endpoints: {fly: \"" << sandbox.url("fly") << "\", github: \""
      << sandbox.url("github") << "\"}\nhosts: [\"" << sandbox.url("https")
      << "\"]\ncaFile: " << sandbox.ca_file().string() << "\n";
}

std::unique_ptr<Child> LockstepProgram::start(const std::vector<std::string>& words) const {
  std::vector<std::string> all{LOCKSTEP_BINARY_DIR "/lockstep"};
  all.insert(all.end(), words.begin(), words.end());
  auto variables = environment;
  variables["HOME"] = home_;
  return std::make_unique<Child>(
      all, Surroundings{.folder = folder_, .environment = variables, .input = ""});
}

Ended LockstepProgram::run(const std::vector<std::string>& words) const {
  return start(words)->finish();
}

void LockstepProgram::apply() const {
  const auto ended = run({"apply", "--yes"});
  EXPECT_EQ(ended.code, 0) << ended.out << ended.err;
}

std::string LockstepProgram::state(const std::string& target, const std::string& name) const {
  const auto ended = run({"plan", "--output", "json"});
  const auto plan = parse_json(ended.out);
  const auto* targets = plan ? list_member(*plan, "targets") : nullptr;
  if (!targets) return ended.out + ended.err;
  for (const auto& one : *targets) {
    if (!text_member(one, "key").value_or("").ends_with("/" + target)) continue;
    for (const auto& secret : *list_member(one, "secrets")) {
      if (text_member(secret, "name") != name) continue;
      return std::string(*text_member(secret, "state")) + " " +
             std::string(text_member(secret, "certainty").value_or(""));
    }
  }
  return "not told";
}

}  // namespace lockstep::clients
