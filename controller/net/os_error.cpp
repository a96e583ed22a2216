#include "net/os_error.hpp"

#include <boost/system/errc.hpp>

#include "base/system_error.hpp"

namespace lockstep::net {

namespace errc = boost::system::errc;

std::string explain(const boost::system::error_code& error) {
  const auto spent = exhausted(error);
  return spent ? spent->message : error.message();
}

bool is_used_up_limit(const boost::system::error_code& error) {
  return exhausted(error).has_value();
}

bool is_out_of_files(const boost::system::error_code& error) {
  return error == errc::too_many_files_open || error == errc::too_many_files_open_in_system;
}

}  // namespace lockstep::net
