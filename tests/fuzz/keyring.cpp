#include "fuzz/target.hpp"
#include "sources/keyring_file.hpp"

namespace lockstep::fuzz {

/// A file from anywhere, and the contents behind its authentication.
void keyring(std::string_view bytes) {
  if (const auto kdf = read_keyring_kdf(bytes)) {
    hold(kdf->cost.memory_kib <= 1U << 20 && kdf->cost.passes <= 16,
         "no file exhausts the machine");
    const KeyringKey key{.kind = KeyringKey::Kind::file, .secret = Secret(std::string(32, 'k'))};
    const auto keys = derive_keyring_keys(key, *kdf);
    if (keys) hold(!open_keyring(bytes, *keys), "no input opens under this key");
  }
  const auto contents = decode_keyring_contents(bytes);
  if (contents) hold(view(encode(*contents)) == bytes, "one text for each contents");
}

}  // namespace lockstep::fuzz
