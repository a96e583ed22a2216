#include "fuzz/target.hpp"

#include <stdexcept>
#include <string>

namespace lockstep::fuzz {

std::span<const Target> targets() {
  static constexpr Target all[] = {{"cloudflare", cloudflare},
                                   {"dotenv", dotenv},
                                   {"fly", fly},
                                   {"git_index", git_index},
                                   {"github", github},
                                   {"http_request", http_request},
                                   {"http_response", http_response},
                                   {"json_text", json_text},
                                   {"keyring", keyring},
                                   {"ledger_row", ledger_row},
                                   {"link_header", link_header},
                                   {"local_config", local_config},
                                   {"manifests", manifests},
                                   {"place_key", place_key},
                                   {"rate_headers", rate_headers},
                                   {"remote_text", remote_text},
                                   {"time_text", time_text},
                                   {"url", url}};
  return all;
}

void hold(bool holds, std::string_view claim) {
  if (!holds) throw std::logic_error("does not hold: " + std::string(claim));
}

unsigned char choice(std::string_view& bytes) {
  if (bytes.empty()) return 0;
  const auto out = static_cast<unsigned char>(bytes.front());
  bytes.remove_prefix(1);
  return out;
}

}  // namespace lockstep::fuzz
