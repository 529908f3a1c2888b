# Compiler flags, sanitizers, and the speed-ups that are used when the machine has them.
add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wold-style-cast -Werror=return-type
                    -fstack-protector-strong -fdiagnostics-color=auto)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  add_compile_options(-Wno-missing-field-initializers)  # designated initializers leave out what has a default
endif()
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  add_compile_definitions(_FORTIFY_SOURCE=2)
endif()

if(GRIDWORK_SANITIZE)
  add_compile_options(-fsanitize=${GRIDWORK_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${GRIDWORK_SANITIZE})
  # Where abseil's headers see the address sanitizer they give their B-trees another layout than Debian's libraries were
  # compiled with, which exchange such trees with us: S2's index then walks in circles.
  add_compile_options(-U__SANITIZE_ADDRESS__)
endif()

find_program(CCACHE ccache)
if(CCACHE)
  # Paths relative to the checkout, and time macros ignored for the precompiled headers: two clones share one cache.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${CCACHE})
  add_compile_options($<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>)
endif()

find_program(MOLD mold)
if(MOLD)
  add_link_options(-fuse-ld=mold)
endif()
