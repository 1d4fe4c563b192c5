# SPDX-License-Identifier: GPL-3.0-or-later
# Settings that every target of ours shares: headroom_target(NAME).
function(headroom_target name)
  target_compile_options(${name} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wundef -Wconversion -Wno-sign-conversion)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    # GCC 12 sees overlaps in std::string's own operator+ (GCC bug 105651).
    target_compile_options(${name} PRIVATE -Wno-restrict)
  elseif(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # GCC 14 takes the short form of std::string for all the room that a longer one has.
    target_compile_options(${name} PRIVATE -Wno-array-bounds)
  endif()
  if(HEADROOM_WERROR)
    target_compile_options(${name} PRIVATE -Werror)
  endif()
  if(HEADROOM_SANITIZE)
    target_compile_options(${name} PRIVATE -fsanitize=address,undefined -fno-omit-frame-pointer)
    target_link_options(${name} PUBLIC -fsanitize=address,undefined)
  endif()
  target_include_directories(${name} PUBLIC ${CMAKE_SOURCE_DIR})
endfunction()
