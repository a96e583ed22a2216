#include <optional>

#include "base/digest.hpp"
#include "sources/keyring_file.hpp"

namespace lockstep {

namespace {

constexpr std::size_t key_bytes = 32;

std::unexpected<Error> refuse(const Path& path, std::string message) {
  return fail(Error{.kind = ErrorKind::invalid,
                    .message = std::move(message),
                    .location = {.file = path.string()},
                    .code = std::string(keyring_code::no_key)});
}

}  // namespace

Result<KeyringKey> read_keyring_key_file(const FileReader& files, const Path& path) {
  TRY(const auto info, files.info(path));
  if (!info) {
    return refuse(path, "there is no such key file; make one: (umask 077; openssl rand -hex 32 > " +
                            path.string() + ")");
  }
  if (info->kind != FileInfo::Kind::file) {
    return refuse(path, "the key file is not a regular file; name the file itself");
  }
  if (!info->owned_by_us) {
    return refuse(path, "the key file belongs to another user; use a copy of your own");
  }
  if (const auto open = open_to_others(path, *info, Others::nothing); !open.empty()) {
    return refuse(path, open +
                            "; if someone else may have read it, change the key: lockstep "
                            "keyring rekey");
  }
  auto read = files.read(path, 4096);
  if (!read && read.error().kind == ErrorKind::invalid) {
    return refuse(path, "the key file is too large; it is 32 bytes, or 64 hex digits");
  }
  if (!read) return fail(read.error());
  std::string_view text = view(*read);
  if (text.size() == key_bytes) {
    // Digits alone may be the first half of the other form.
    if (!from_hex(text)) files.needs_no_line_end(path);
    return KeyringKey{.secret = Secret(text)};
  }
  if (text.ends_with('\n')) text.remove_suffix(1);
  if (text.ends_with('\r')) text.remove_suffix(1);
  if (text.size() == 2 * key_bytes) {
    if (auto raw = from_hex(text)) {
      files.needs_no_line_end(path);
      return KeyringKey{.secret = Secret(std::move(*raw))};
    }
  }
  return refuse(path, "the key file is neither 32 bytes nor 64 hex digits; name the right file");
}

}  // namespace lockstep
