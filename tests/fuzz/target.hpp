// The parsers of outside bytes, each as one function of its input. libFuzzer calls it (main.cpp,
// preset `fuzz`), and so does the ordinary test that replays the inputs in corpus/
// (replay_test.cpp).
#pragma once

#include <span>
#include <string_view>

namespace lockstep::fuzz {

/// Reads any bytes and holds what was read to an oracle; throws what hold() throws.
using OneInput = void (*)(std::string_view bytes);

struct Target {
  std::string_view name;  ///< its folder in corpus/
  OneInput one_input;
};
/// All of them, sorted by name.
std::span<const Target> targets();

/// Throws std::logic_error with `claim` when it does not hold.
void hold(bool holds, std::string_view claim);

/// Takes the first byte off, for a choice that the input makes; 0 at the end.
unsigned char choice(std::string_view& bytes);

void cloudflare(std::string_view bytes);
void dotenv(std::string_view bytes);
void fly(std::string_view bytes);
void git_index(std::string_view bytes);
void github(std::string_view bytes);
void http_request(std::string_view bytes);
void http_response(std::string_view bytes);
void json_text(std::string_view bytes);
void keyring(std::string_view bytes);
void ledger_row(std::string_view bytes);
void link_header(std::string_view bytes);
void local_config(std::string_view bytes);
void manifests(std::string_view bytes);
void place_key(std::string_view bytes);
void rate_headers(std::string_view bytes);
void remote_text(std::string_view bytes);
void time_text(std::string_view bytes);
void url(std::string_view bytes);

}  // namespace lockstep::fuzz
