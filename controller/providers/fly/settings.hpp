// What a machine's configuration may hold that is nobody's business.
#pragma once

#include <string_view>

#include "providers/common/confidential.hpp"

namespace lockstep::providers::fly {

/// Adds to `hidden` the texts in a machine's configuration that people use for secrets: variables,
/// files, headers of checks, what is run. Words of fewer than 8 characters are names and numbers
/// (`app`, `fra`, `8080`) and stay readable. One that is not understood is hidden whole.
/// https://fly.io/docs/machines/api/machines-resource/#machine-config-object-properties
void hide_settings(std::string_view config, Confidential& hidden);

}  // namespace lockstep::providers::fly
