#include "local/ledger_key.hpp"

#include <charconv>

#include "base/digest.hpp"
#include "base/text.hpp"

namespace lockstep {

namespace {

constexpr std::string_view key_header = "lockstep-ledger-key-1 ";
constexpr std::string_view mark_header = "lockstep-sequence-1";
constexpr std::size_t max_file_bytes = 4096;
constexpr std::size_t fingerprint_digits = 32;

std::string mark_mac(const LedgerKey& key, const LedgerMark& mark) {
  const auto sequence = std::to_string(mark.sequence);
  const std::string_view parts[] = {"lockstep-mark-v1", mark.ledger, sequence, mark.head};
  return key.mac(parts);
}

/// Who could read the key may know it, and closing the file now would hide that.
Status check_privacy(const Files& files, const LedgerPaths& paths) {
  TRY(const auto info, files.info(paths.key));
  const bool exposed = info && !open_to_others(paths.key, *info, Others::nothing).empty();
  return exposed ? fail(ledger_fault(LedgerFault::key_exposed, paths)) : Status();
}

}  // namespace

LedgerKey::LedgerKey(Secret bytes)
    : bytes_(std::move(bytes)), id_("k" + sha256_hex(bytes_.expose()).substr(0, 8)) {}

std::string LedgerKey::mac(std::span<const std::string_view> parts) const {
  return hmac_sha256_hex(bytes_, parts);
}

std::string LedgerKey::fingerprint(std::span<const std::string_view> parts) const {
  return id_ + ":" + mac(parts).substr(0, fingerprint_digits);
}

std::string LedgerKey::of_value(const PlaceId& place, std::string_view name,
                                const Secret& value) const {
  const std::string_view parts[] = {"lockstep-value-v1", place.ns, place.place, name,
                                    value.expose()};
  return fingerprint(parts);
}

std::string LedgerKey::of_evidence(const PlaceId& place, std::string_view name,
                                   const Secret& token) const {
  const std::string_view parts[] = {"lockstep-evidence-v1", place.ns, place.place, name,
                                    token.expose()};
  return fingerprint(parts);
}

std::string LedgerKey::of_secret(const SecretId& id, const Secret& value) const {
  const std::string_view parts[] = {"lockstep-secret-v1", id.ns, id.scope, id.key, value.expose()};
  return fingerprint(parts);
}

Result<std::unique_ptr<LedgerKey>> read_ledger_key(const Files& files, const LedgerPaths& paths) {
  const auto text = files.read(paths.key, max_file_bytes);
  if (!text && text.error().kind == ErrorKind::not_found) return std::unique_ptr<LedgerKey>();
  if (!text) {
    return fail(ledger_fault(LedgerFault::key_unreadable, paths, text.error().message));
  }
  TRY_OK(check_privacy(files, paths));
  const auto line = trim(view(*text));
  auto bytes = line.starts_with(key_header) ? from_base64(line.substr(key_header.size()))
                                            : std::optional<SecretBytes>();
  if (!bytes || bytes->size() != LedgerKey::size) {
    return fail(ledger_fault(LedgerFault::key_unreadable, paths,
                             "it holds no ledger key; put the right file back"));
  }
  return std::make_unique<LedgerKey>(Secret(std::move(*bytes)));
}

Result<std::unique_ptr<LedgerKey>> create_ledger_key(Files& files, const LedgerPaths& paths,
                                                     Secret bytes) {
  SecretBytes text = to_bytes(key_header);
  append(text, view(to_base64(bytes.expose())));
  append(text, "\n");
  TRY_OK(files.create(paths.key, view(text), 0600));
  return std::make_unique<LedgerKey>(std::move(bytes));
}

Result<std::optional<LedgerMark>> read_mark(const Files& files, const LedgerPaths& paths,
                                            const LedgerKey& key) {
  const auto text = files.read(paths.mark(), max_file_bytes);
  if (!text && text.error().kind == ErrorKind::not_found) return std::optional<LedgerMark>();
  if (!text) return fail(text.error());
  const auto words = split(trim(view(*text)), ' ');
  if (words.size() != 5 || words[0] != mark_header) {
    return fail(ledger_fault(LedgerFault::mark_altered, paths));
  }
  LedgerMark mark{.ledger = words[1], .sequence = 0, .head = words[3]};
  std::from_chars(words[2].data(), words[2].data() + words[2].size(), mark.sequence);
  if (!equal_digests(mark_mac(key, mark), words[4])) {
    return fail(ledger_fault(LedgerFault::mark_altered, paths));
  }
  return std::optional(std::move(mark));
}

Status write_mark(Files& files, const LedgerPaths& paths, const LedgerKey& key,
                  const LedgerMark& mark) {
  const auto text = std::string(mark_header) + " " + mark.ledger + " " +
                    std::to_string(mark.sequence) + " " + mark.head + " " + mark_mac(key, mark) +
                    "\n";
  return files.replace(paths.mark(), text, 0600);
}

}  // namespace lockstep
