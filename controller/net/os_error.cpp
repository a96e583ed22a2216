#include "net/os_error.hpp"

#include <boost/system/errc.hpp>

namespace lockstep::net {

namespace errc = boost::system::errc;

std::string explain(const boost::system::error_code& error) {
  if (error == errc::too_many_files_open) {
    return error.message() +
           "; raise this process's limit of open files (ulimit -n; LimitNOFILE= in systemd)";
  }
  if (error == errc::too_many_files_open_in_system) {
    return error.message() + "; the whole machine has no more to give (sysctl fs.file-max)";
  }
  if (error == errc::resource_unavailable_try_again) {
    return error.message() +
           "; raise the limit of threads (ulimit -u; TasksMax= in systemd; pids.max of a "
           "container)";
  }
  return error.message();
}

bool is_used_up_limit(const boost::system::error_code& error) {
  return is_out_of_files(error) || error == errc::resource_unavailable_try_again;
}

bool is_out_of_files(const boost::system::error_code& error) {
  return error == errc::too_many_files_open || error == errc::too_many_files_open_in_system;
}

}  // namespace lockstep::net
