#include "net/os_error.hpp"

#include <boost/system/errc.hpp>

#include "base/error.hpp"

namespace lockstep::net {

namespace errc = boost::system::errc;

namespace {
std::optional<Error> used_up(const boost::system::error_code& error) {
  const auto condition = error.default_error_condition();
  if (condition.category() != boost::system::generic_category()) return std::nullopt;
  return exhausted(condition.value());
}
}  // namespace

std::string explain(const boost::system::error_code& error) {
  const auto spent = used_up(error);
  return spent ? spent->message : error.message();
}

bool is_used_up_limit(const boost::system::error_code& error) {
  return used_up(error).has_value();
}

bool is_out_of_files(const boost::system::error_code& error) {
  return error == errc::too_many_files_open || error == errc::too_many_files_open_in_system;
}

}  // namespace lockstep::net
