// What must hold at every call and at the end of every life.
#include <algorithm>
#include <stdexcept>

#include "simulation/world.hpp"
#include "support/npm_dotenv.hpp"

namespace lockstep::simulation {

std::optional<std::string_view> World::value(const std::string& place,
                                             const std::string& name) const {
  return place == "fly" ? fly.value(fly_app, name) : cloudflare.value(account, worker, name);
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
  if (write.launches != fly.runs(fly_app, write.machine)) {
    throw std::runtime_error("a stopped machine is started, or a running one is not");
  }
  if (write.launches && fly.updated_within(fly_app, start_time, now()) != 0) {
    throw std::runtime_error("two machines are down at a time");
  }
}

/// S1 and S5, on the bytes of the write itself.
void World::check_write(const WriteAsked& write) const {
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
      for (const auto* place : {"fly", "worker"}) {
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

void World::check_oracles() {
  check_dev_vars();
  check_names("fly", fly.names(fly_app));
  check_names("worker", cloudflare.names(account, worker));
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
    const auto a = value("fly", name);
    const auto b = value("worker", name);
    if (!a || !b) out += name + " is not everywhere; ";
    if (a && b && *a != *b) out += name + " is not the same everywhere; ";
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
    const auto at_fly = world.fly.value(fly_app, name);
    const auto at_worker = world.cloudflare.value(account, worker, name);
    world.foreign["fly"].erase(name);
    world.foreign["worker"].erase(name);
    if (at_fly) world.foreign["fly"][name] = *at_fly;
    if (at_worker) world.foreign["worker"][name] = *at_worker;
  }
}

}  // namespace lockstep::simulation
