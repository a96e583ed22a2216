#include "providers/fly/requests.hpp"

#include "base/text.hpp"

namespace lockstep::providers::fly {

std::string app_path(const std::string& app, std::string_view rest) {
  return "/v1/apps/" + percent_encode(app) + std::string(rest);
}

std::string machine_path(const std::string& app, const std::string& id, std::string_view rest) {
  return app_path(app, "/machines/" + percent_encode(id) + std::string(rest));
}

net::Request write_request(std::string method, std::string path, std::string operation) {
  net::Request request;
  request.method = std::move(method);
  request.url = std::move(path);
  request.effect = net::Effect::Write;
  request.operation = std::move(operation);
  return request;
}

}  // namespace lockstep::providers::fly
