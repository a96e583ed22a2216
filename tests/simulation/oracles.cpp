// What must hold at every call and at the end of every life.
#include <algorithm>
#include <stdexcept>

#include "simulation/world.hpp"
#include "support/npm_dotenv.hpp"

namespace lockstep::simulation {

namespace {

const sandbox::GitHubScope& scope_of(const std::string& place) {
  return place == "environment" ? github_environment : github_repository;
}

}  // namespace

std::optional<std::string_view> World::value(const std::string& place,
                                             const std::string& name) const {
  if (place == "fly") return fly.value(fly_app, name);
  if (place == "worker") return cloudflare.value(account, worker, name);
  return github.value(scope_of(place), name);
}

std::vector<std::string> World::names(const std::string& place) const {
  if (place == "fly") return fly.names(fly_app);
  if (place == "worker") return cloudflare.names(account, worker);
  return github.names(scope_of(place));
}

void World::check_names(const std::string& place, const std::vector<std::string>& names) const {
  const auto theirs = foreign.find(place);
  for (const auto& name : names) {
    const bool known = wanted.at(place).contains(name) || generated.contains(name) ||
                       strangers.contains(name) || may_go.contains(name) ||
                       (theirs != foreign.end() && theirs->second.contains(name));
    if (!known) throw std::runtime_error("S1: a name nobody wanted at " + place + ": " + name);
  }
}

/// A roll-out touches what Fly Launch manages, starts nothing that is stopped, and takes one
/// machine of this small app at a time.
void World::check_roll_out(const WriteAsked& write) const {
  if (write.machine == unmanaged) {
    throw std::runtime_error("a machine that Fly Launch does not manage is touched");
  }
  if (!write.updates) return;
  if (write.instance.empty()) throw std::runtime_error("an update may overtake somebody's deploy");
  // Someone else was faster since the look: Fly refuses it.
  if (write.instance != fly.instance_id(fly_app, write.machine)) return;
  if (write.launches != fly.runs(fly_app, write.machine)) {
    throw std::runtime_error("a stopped machine is started, or a running one is not");
  }
  const bool theirs = deployed_ && now() - *deployed_ < start_time;
  const auto down = [&](const std::string& machine) {
    return machine != write.machine && fly.runs(fly_app, machine) &&
           !fly.well(fly_app, machine, now());
  };
  if (write.launches && !theirs && std::ranges::any_of(rolled_out, down)) {
    throw std::runtime_error("two machines are down at a time");
  }
}

/// S1 and S5, on the bytes of the write itself; what is sealed is judged where it arrives.
void World::check_write(const WriteAsked& write) {
  if (!write.machine.empty()) return check_roll_out(write);
  const auto place = wanted.find(write.place);
  if (place == wanted.end()) {
    throw std::runtime_error("S5: a write that is no change of secrets: " + write.place);
  }
  for (const auto& [name, text] : write.puts) {
    const auto ever = ever_wanted_.find(name);
    const bool ours = place->second.contains(name) || may_go.contains(name);
    const bool right = ever != ever_wanted_.end() && ever->second.contains(text);
    if (!generated.contains(name) && !(ours && right)) {
      throw std::runtime_error("S1: " + name + " is written at " + write.place +
                               " with what nobody wanted");
    }
  }
  for (const auto& name : write.sealed) {
    if (!generated.contains(name) && !place->second.contains(name) && !may_go.contains(name)) {
      throw std::runtime_error("S1: " + name + " is written at " + write.place);
    }
  }
  if (write.place == "environment" || write.place == "repository") {
    github_written_[write.place] = now();
  }
  for (const auto& name : write.removes) {
    if (!may_go.contains(name)) {
      throw std::runtime_error("S1: " + name + " is deleted at " + write.place);
    }
  }
}

/// Every value that a place or a source holds now.
std::set<std::string> World::values() const {
  std::set<std::string> out;
  for (const auto& [place, names] : wanted) {
    for (const auto& [name, text] : names) out.insert(text);
    for (const auto& name : generated) {
      if (const auto made = value(place, name)) out.emplace(*made);
    }
  }
  return out;
}

void World::check_secrecy(const std::string& what, const std::string& text) const {
  for (const auto& secret : values()) {
    if (text.contains(secret)) throw std::runtime_error("S4: a value is in " + what);
  }
}

/// S1 and S19: developers' files hold no value of another place, and what is not ours stays.
void World::check_dev_vars() const {
  if (wanted_locally.empty()) return;
  for (const auto& path : {dev_vars, dev_vars + ".example"}) {
    const auto text = files.text(path);
    for (const auto& [name, values] : ever_wanted_) {
      for (const auto& value : values) {
        if (text.contains(value)) throw std::runtime_error("S19: " + name + " reached " + path);
      }
    }
    for (const auto& name : generated) {
      for (const auto& [place, names] : wanted) {
        const auto made = value(place, name);
        if (made && text.contains(*made))
          throw std::runtime_error("S19: " + name + " reached " + path);
      }
    }
  }
  const auto text = files.text(dev_vars);
  if (!text.starts_with("# by hand: it's kept\nOWN = 'x' # too\n")) {
    throw std::runtime_error("S1: a line that is not ours was changed");
  }
}

std::string World::dev_vars_difference() const {
  std::string out;
  if (wanted_locally.empty()) return out;
  const auto file = testing::NpmDotenv::parse(files.text(dev_vars));
  const auto example = testing::NpmDotenv::parse(files.text(dev_vars + ".example"));
  for (const auto& [name, text] : wanted_locally) {
    const auto found = file.find(name);
    if (found == file.end() || found->second != text) out += dev_vars + " lacks " + name + "; ";
    if (!example.contains(name)) out += "the example lacks " + name + "; ";
  }
  for (const auto& name : generated) {
    if (!file.contains(name)) out += dev_vars + " lacks " + name + "; ";
  }
  for (const auto& [name, text] : example) {
    if (!text.empty()) out += "the example has a value; ";
  }
  return out;
}

/// S1, S5, S9 and S10 at GitHub. Its writes are sealed, so what they brought is judged by what is
/// there now: a value that was wanted once, or what someone else put.
void World::check_github() {
  if (!has_github()) return;
  const auto& repository = github_repository.repository;
  if (github.repositories() != std::vector{repository} ||
      github.environments(repository) != std::vector{github_environment.environment}) {
    throw std::runtime_error("S5: a repository or an environment was created or removed");
  }
  if (github.environment_puts() != 0) {
    throw std::runtime_error("S5: the settings of an environment were written");
  }
  if (github.throttled() != 0) throw std::runtime_error("S10: GitHub had to say no");
  for (const std::string place : {"environment", "repository"}) {
    for (const auto& name : names(place)) {
      if (!strangers.contains(name)) check_sealed(place, name, std::string(*value(place, name)));
    }
  }
}

void World::check_sealed(const std::string& place, const std::string& name,
                         const std::string& text) {
  const auto has = [&](const std::map<std::string, std::set<std::string>>& all) {
    const auto found = all.find(name);
    return found != all.end() && found->second.contains(text);
  };
  if (has(theirs_)) return;
  if (generated.contains(name)) {
    if (made_.try_emplace(name, text).first->second != text) {
      throw std::runtime_error("S6: another value of " + name + " was made");
    }
  } else if (!has(ever_wanted_)) {
    throw std::runtime_error("S1: " + name + " at " + place + " has what nobody wanted");
  }
}

bool World::somebody_writes(const std::string& place, const std::string& name,
                            const std::string& value) {
  constexpr Nanos told_apart = std::chrono::seconds(6);
  const auto ours = github_written_.find(place);
  if (ours != github_written_.end() && now() - ours->second < told_apart) return false;
  if (!strangers.contains(name)) theirs_[name].insert(value);
  github.set_secret(scope_of(place), name, value, now());
  return true;
}

void World::somebody_deploys() {
  fly.deploy(fly_app, now());
  deployed_ = now();
}

void World::somebody_removes(const std::string& place, const std::string& name) {
  if (place == "fly") {
    fly.unset_secret(fly_app, name, now());
  } else if (place == "worker") {
    cloudflare.delete_secret(account, worker, name, {}, now());
  } else {
    github.unset_secret(scope_of(place), name, now());
  }
}

void World::check_oracles() {
  check_dev_vars();
  for (const auto& [place, ours] : wanted) check_names(place, names(place));
  check_github();
  if (cloudflare.workers(account) != std::vector<std::string>{worker}) {
    throw std::runtime_error("S5: a Worker was created or removed");
  }
  for (const auto& [place, names] : foreign) {
    for (const auto& [name, text] : names) {
      const auto seen = value(place, name);
      if (seen && *seen != text)
        throw std::runtime_error("S1: " + name + " is not ours and was overwritten");
    }
  }
  // Only the new part: logs are long, and calls many.
  constexpr std::size_t longest_value = 4096;
  const auto from = log_checked_ > longest_value ? log_checked_ - longest_value : 0;
  check_secrecy("the log", log_.substr(from));
  log_checked_ = log_.size();
}

std::string World::difference() const {
  std::string out = dev_vars_difference();
  for (const auto& [place, names] : wanted) {
    for (const auto& [name, text] : names) {
      const auto seen = value(place, name);
      if (seen != text) out += place + " " + name + (seen ? " differs; " : " is missing; ");
    }
  }
  for (const auto& machine : rolled_out) {
    for (const auto& [name, text] : wanted.at("fly")) {
      if (fly.live_value(fly_app, machine, name) != text) out += name + " is not live; ";
    }
  }
  for (const auto& name : generated) {
    const auto first = value("fly", name);
    for (const auto& [place, names] : wanted) {
      const auto seen = value(place, name);
      if (!seen) out += name + " is not at " + place + "; ";
      if (seen && first && *seen != *first) out += name + " is not the same at " + place + "; ";
    }
  }
  for (const auto& [place, names] : foreign) {
    for (const auto& [name, text] : names) {
      if (value(place, name) != text) out += place + " " + name + " (not ours) is gone; ";
    }
  }
  return out;
}

void remember_strangers(World& world) {
  for (const auto& name : world.strangers) {
    for (const auto& [place, ours] : world.wanted) {
      const auto theirs = world.value(place, name);
      world.foreign[place].erase(name);
      if (theirs) world.foreign[place][name] = *theirs;
    }
  }
}

}  // namespace lockstep::simulation
