// A certificate for the sandbox's own TLS.
#pragma once

#include <string>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace lockstep::sandbox {

/// A self-signed certificate and its key, both PEM.
struct Certificate {
  std::string certificate;
  SecretBytes key;
};

/// Makes one for localhost, 127.0.0.1 and ::1, valid from an hour ago for 30 days. A client trusts
/// it as its own authority (`curl --cacert`, lockstep's `caFile`).
Result<Certificate> make_certificate();

}  // namespace lockstep::sandbox
