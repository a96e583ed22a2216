# Compiler and linker options, by profile (CMakePresets.json).

set(LOCKSTEP_PROFILE release CACHE STRING "release, asan, fuzz or dev")

# Rooms end in executables only; one code model lets programs and tests reuse a precompiled header.
set(CMAKE_CXX_COMPILE_OPTIONS_PIC -fPIE)

add_compile_options(
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wimplicit-fallthrough
  -Werror -Wno-enum-constexpr-conversion -Wno-missing-designated-field-initializers
  -ffile-prefix-map=${CMAKE_SOURCE_DIR}/=)
add_link_options(-fuse-ld=lld-19)
add_compile_definitions(
  BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_DISABLE_BOOST_COROUTINE
  $<$<NOT:$<STREQUAL:${LOCKSTEP_PROFILE},dev>>:_GLIBCXX_ASSERTIONS>)

if(LOCKSTEP_PROFILE STREQUAL "release")
  add_compile_options(
    -O2 -g1 -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -fstack-protector-strong -fstack-clash-protection
    -fcf-protection=full -ftrivial-auto-var-init=zero)
  add_link_options(-pie -Wl,-z,relro,-z,now,-z,noexecstack)
elseif(LOCKSTEP_PROFILE MATCHES "^(asan|fuzz)$")
  add_compile_options(
    -O1 -g1 -fno-omit-frame-pointer -fsanitize=address,undefined
    -fno-sanitize=vptr,null,alignment,object-size,function -fno-sanitize-recover=undefined)
  add_link_options(-fsanitize=address,undefined)
  # Recycled coroutine frames would hide a use after the end of a coroutine.
  add_compile_definitions(BOOST_ASIO_DISABLE_AWAITABLE_FRAME_RECYCLING)
  if(LOCKSTEP_PROFILE STREQUAL "fuzz")
    add_compile_options(-fsanitize=fuzzer-no-link)
  endif()
elseif(LOCKSTEP_PROFILE STREQUAL "dev")
  add_compile_options(-O0 -g1)
else()
  message(FATAL_ERROR "LOCKSTEP_PROFILE must be release, asan, fuzz or dev, not '${LOCKSTEP_PROFILE}'.")
endif()

# ccache only shortens rebuilds; the build is the same without it.
find_program(CCACHE ccache)
if(CCACHE)
  add_compile_options(SHELL:-Xclang\ -fno-pch-timestamp)
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
      ${CCACHE})
endif()
