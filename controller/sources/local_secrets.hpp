// Secrets on one machine: what `lockstep.local.yaml` says stands in for Kubernetes Secrets.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/dotenv.hpp"
#include "ports/source.hpp"
#include "sources/keyring.hpp"
#include "sources/stand_ins.hpp"

namespace lockstep {

/// The largest value that any source gives.
inline constexpr std::size_t max_value_bytes_at_source = 64 * 1024;

/// Values by the stand-ins. "No such key" is told only of what was read: an unset variable, a name
/// that a dotenv file or keyring does not have, a keyring not made yet. A file that is missing,
/// open to others where it must not be, or not understood is an Error. What was read is kept until
/// refresh(), an Error too, so one pass sees one content. Errors name files, variables and keys of
/// the configuration, never anything from inside a file (S4).
class LocalSecrets final : public WritableSource {
 public:
  LocalSecrets(StandIns stand_ins, LocalSeams seams, KeyringCost cost = {});

  Awaitable<Result<std::optional<Secret>>> get(SourceKey key) override;
  std::string why_missing(const SourceKey& key) const override;
  void refresh() override;
  Awaitable<Result<Secret>> put_if_absent(SourceKey key, Secret value) override;
  bool writable(const std::string& ns, const std::string& secret) const override;

  /// S19, both lines of it: why a value must not reach a developer's file, and whether it may be
  /// the value of another Secret too (sources/local_files.hpp). A disk that does not answer is a
  /// problem, and an Error.
  Awaitable<std::string> local_file_problem(SourceKey key);
  Awaitable<Result<bool>> shares(SourceKey key, ObjectName other);

  /// What was odd in files read since refresh(), sorted: `a.env:7: sets a name again ...`.
  std::vector<std::string> warnings() const;

  /// The keyring of that name; nullptr when there is none.
  Keyring* keyring(std::string_view name);

 private:
  Result<const StandIn*> stand_in(const SourceKey& key) const;
  Result<Keyring*> keyring_of(const InKeyring& stand_in);
  Awaitable<Result<std::optional<Secret>>> read(Keys stand_in, std::string key);
  Awaitable<Result<std::optional<Secret>>> read(EnvFile stand_in, std::string key);
  std::string in_file(std::size_t line) const;
  Result<std::optional<Secret>> variable(const std::string& name) const;
  Awaitable<Result<Secret>> file(Path path);
  Awaitable<std::shared_ptr<const Result<Dotenv>>> env_file(EnvFile stand_in);
  Path file_of(const SourceKey& key) const;

  std::shared_ptr<const StandIns> kept_;  ///< work that was left behind has it too
  const StandIns& stand_ins_;
  LocalSeams seams_;
  std::map<std::string, Keyring, std::less<>> keyrings_;
  std::map<Path, Result<Secret>> files_read_;
  std::map<std::pair<Path, bool>, std::shared_ptr<const Result<Dotenv>>> env_files_read_;
  std::uint64_t epoch_ = 0;  ///< grows with every refresh: what was begun before is not kept
};

}  // namespace lockstep
