// The CustomResourceDefinitions, written from the tables that decode the documents.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace lockstep::api {

/// File name (`targets.lockstep.dev.yaml`) and YAML text of each CRD, sorted by file name. The same
/// text at every call.
std::vector<std::pair<std::string, std::string>> crds();

}  // namespace lockstep::api
