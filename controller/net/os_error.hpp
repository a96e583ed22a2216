// What the operating system refused, told so that a person can mend it.
#pragma once

#include <boost/system/error_code.hpp>
#include <string>

namespace lockstep::net {

/// The system's text, with the remedy where a limit of this process or machine is used up (open
/// files, threads).
std::string explain(const boost::system::error_code& error);
/// True for what explain() has a remedy for.
bool is_used_up_limit(const boost::system::error_code& error);
/// True when no more files or sockets can be opened, by this process or on the whole machine.
bool is_out_of_files(const boost::system::error_code& error);

}  // namespace lockstep::net
