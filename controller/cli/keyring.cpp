// lockstep keyring
#include "sources/keyring.hpp"

#include <algorithm>
#include <boost/json/serialize.hpp>

#include "app/local_config.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/look.hpp"
#include "cli/table.hpp"
#include "sources/local_files.hpp"

namespace lockstep::cli {

namespace {

std::string full_key(const SourceKey& id) {
  return id.ns + "/" + id.secret + "/" + id.key;
}

Result<KeyringStandIn> choose(const StandIns& stand_ins, const std::string& name) {
  const auto& all = stand_ins.keyrings;
  if (all.empty()) {
    return fail(ErrorKind::invalid, stand_ins.file + " names no keyring; add one under keyrings:");
  }
  if (name.empty() && all.size() == 1) return all.begin()->second;
  std::vector<std::string> names;
  for (const auto& [known, where] : all) names.push_back(known);
  if (name.empty()) {
    return fail(ErrorKind::invalid,
                "there are several keyrings; name one with --keyring: " + join(names, ", "));
  }
  if (const auto found = all.find(name); found != all.end()) return found->second;
  return fail(ErrorKind::invalid,
              "there is no keyring " + name + "; there are: " + join(names, ", "));
}

Awaitable<Status> list(Session& session, Keyring& keyring) {
  auto listing = keyring.list();
  CO_TRY(const auto items, co_await std::move(listing));
  std::vector<std::vector<std::string>> rows = {{"KEY", "SINCE", "PREVIOUS VALUES"}};
  for (const auto& item : items) {
    rows.push_back({full_key(item.id), to_rfc3339(item.since), std::to_string(item.previous)});
  }
  if (session.invocation().manner.output == Output::json) {
    json::array keys;
    for (const auto& item : items) {
      keys.push_back(json::object{{"namespace", item.id.ns},
                                  {"secret", item.id.secret},
                                  {"key", item.id.key},
                                  {"since", to_rfc3339(item.since)},
                                  {"previous", item.previous}});
    }
    // Stable within version 1: members may be added.
    session.terminal().out(
        json::serialize(json::object{{"version", 1}, {"keys", std::move(keys)}}) + "\n");
    co_return Status{};
  }
  session.terminal().out(items.empty() ? "The keyring is empty.\n" : to_table(rows));
  co_return Status{};
}

Awaitable<Result<KeyringKey>> new_key(Session& session, KeyringRekey command) {
  if (command.key_file) {
    auto reading = session.reader().read(*command.key_file,
                                         [path = *command.key_file](const FileReader& files) {
                                           return read_keyring_key_file(files, path);
                                         });
    co_return co_await std::move(reading);
  }
  const auto* value = session.local_seams().environment.find(command.passphrase_env);
  if (!value || value->empty()) {
    co_return fail(ErrorKind::invalid, "the environment variable " + command.passphrase_env +
                                           " is not set, so there is no new passphrase");
  }
  co_return KeyringKey{.kind = KeyringKey::Kind::passphrase, .secret = value->clone()};
}

Awaitable<Status> rekey(Session& session, Keyring& keyring, KeyringRekey command) {
  auto reading = new_key(session, command);
  CO_TRY(auto key, co_await std::move(reading));
  auto changing = keyring.rekey(std::move(key));
  CO_TRY_OK(co_await std::move(changing));
  session.terminal().out("The keyring has its new key. Now write into " +
                         session.invocation().where.local_file.string() +
                         ", in place of the old one:\n  " +
                         (command.key_file ? "keyFile: " + command.key_file->string()
                                           : "passphrase: {env: " + command.passphrase_env + "}") +
                         "\nCopies of the file made before still open with the old key.\n");
  co_return Status{};
}

/// The one item that KEY, SECRET/KEY or NAMESPACE/SECRET/KEY means.
Result<SourceKey> find_key(const std::vector<KeyringItem>& items, const std::string& text) {
  std::vector<std::string> found;
  SourceKey id;
  for (const auto& item : items) {
    const auto full = full_key(item.id);
    if (full != text && !full.ends_with("/" + text)) continue;
    found.push_back(full);
    id = item.id;
  }
  if (found.size() == 1) return id;
  if (found.empty()) {
    return fail(ErrorKind::invalid,
                "the keyring has no key " + text + "; see: lockstep keyring list");
  }
  return fail(ErrorKind::invalid, text + " fits several keys; name one: " + join(found, ", "));
}

Awaitable<Status> export_key(Session& session, Keyring& keyring, KeyringExport command) {
  auto listing = keyring.list();
  CO_TRY(const auto items, co_await std::move(listing));
  CO_TRY(const auto id, find_key(items, command.key));
  auto exporting = keyring.export_key(id, command.to);
  CO_TRY_OK(co_await std::move(exporting));
  session.terminal().out("wrote the value of " + full_key(id) + " to " + command.to.string() +
                         "; only you can read it\n");
  co_return Status{};
}

/// The name that NEW means for a value of that name: a key beside it, or a full one.
Result<SourceKey> new_name(const SourceKey& old, const std::string& text) {
  const auto parts = split(text, '/');
  SourceKey id = old;
  id.key = parts.back();
  if (parts.size() == 3) {
    id.ns = parts[0];
    id.secret = parts[1];
  }
  constexpr std::string_view allowed =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
  const bool plain = std::ranges::all_of(parts, [&](const std::string& part) {
    return !part.empty() && part.find_first_not_of(allowed) == std::string::npos;
  });
  if (plain && (parts.size() == 1 || parts.size() == 3)) return id;
  return fail(ErrorKind::invalid,
              text + " is no name for a value; write SECRETSET.NAME, or NAMESPACE/SECRET/KEY");
}

/// S19: a new name must not open to developers' files what the old one kept from them.
Status keeps_from_local_files(const StandIns& stand_ins, const SourceKey& from,
                              const SourceKey& to) {
  if (may_reach_local_files(stand_ins, from) || !may_reach_local_files(stand_ins, to)) return {};
  return fail(ErrorKind::invalid, stand_ins.file + ": secrets." + to.ns + "/" + to.secret +
                                      " may reach a developer's file (localFiles: true), and " +
                                      full_key(from) +
                                      " must not; move it to a Secret without the mark");
}

Awaitable<Status> move_key(Session& session, const StandIns& stand_ins, Keyring& keyring,
                           KeyringMove command) {
  auto listing = keyring.list();
  CO_TRY(const auto items, co_await std::move(listing));
  CO_TRY(const auto from, find_key(items, command.from));
  CO_TRY(const auto to, new_name(from, command.to));
  CO_TRY_OK(keeps_from_local_files(stand_ins, from, to));
  auto moving = keyring.move(from, to);
  CO_TRY_OK(co_await std::move(moving));
  session.terminal().out(full_key(from) + " is " + full_key(to) +
                         " now; to take it back: lockstep keyring move " + full_key(to) + " " +
                         full_key(from) + "\n");
  co_return Status{};
}

Awaitable<Status> forget_previous(Session& session, Keyring& keyring) {
  auto forgetting = keyring.forget_previous();
  CO_TRY(const auto n, co_await std::move(forgetting));
  session.terminal().out("dropped " + count(n, "previous value") +
                         "; copies of the file made before still hold them\n");
  co_return Status{};
}

Awaitable<Status> work(Session& session, KeyringCommand command) {
  auto configuring = read_local_setup(session.reader(), git_variables(session.environment()),
                                      session.local_file(), true);
  CO_TRY(const auto setup, co_await std::move(configuring));
  CO_TRY(auto chosen, choose(setup.stand_ins, command.keyring));
  Keyring keyring(std::move(chosen), session.local_seams());
  if (auto* to_rekey = std::get_if<KeyringRekey>(&command.action)) {
    auto working = rekey(session, keyring, std::move(*to_rekey));
    co_return co_await std::move(working);
  }
  if (auto* to_export = std::get_if<KeyringExport>(&command.action)) {
    auto working = export_key(session, keyring, std::move(*to_export));
    co_return co_await std::move(working);
  }
  if (auto* to_move = std::get_if<KeyringMove>(&command.action)) {
    auto working = move_key(session, setup.stand_ins, keyring, std::move(*to_move));
    co_return co_await std::move(working);
  }
  if (std::holds_alternative<KeyringForgetPrevious>(command.action)) {
    auto working = forget_previous(session, keyring);
    co_return co_await std::move(working);
  }
  auto working = list(session, keyring);
  co_return co_await std::move(working);
}

}  // namespace

Awaitable<ExitCode> run_keyring(Session& session, KeyringCommand command) {
  auto working = work(session, std::move(command));
  const auto done = co_await std::move(working);
  co_return done ? ExitCode::done : give_up(session, done.error());
}

}  // namespace lockstep::cli
