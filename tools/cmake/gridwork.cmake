# gridwork_library(NAME SOURCES ... LINK ...)   one static library for a folder
# gridwork_test(NAME SOURCES ... LINK ... [DATABASE])   one GoogleTest program and one ctest entry; DATABASE: it needs the MariaDB
#   and Redis that tools/test starts, and is labelled so; the others are what the target unit_tests builds
add_custom_target(unit_tests)

function(gridwork_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_link_libraries(${name} PUBLIC ${ARG_LINK})
endfunction()

function(gridwork_test name)
  cmake_parse_arguments(ARG "DATABASE" "" "SOURCES;LINK" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_LINK} GTest::gmock_main)
  # What is tested is optimised; the tests themselves are compiled more often than they run.
  target_compile_options(${name} PRIVATE -O0 -U_FORTIFY_SOURCE)
  if(NOT ARG_DATABASE)
    add_dependencies(unit_tests ${name})
  endif()
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES TIMEOUT 300 LABELS "$<IF:$<BOOL:${ARG_DATABASE}>,database,unit>")
endfunction()

# gridwork_embed(TARGET FILES ... NAMESPACE ns)   the texts of FILES (SQL, Lua) as a table in the generated header embedded_<name>.h
function(gridwork_embed target)
  cmake_parse_arguments(ARG "" "NAME" "FILES" ${ARGN})
  set(out ${CMAKE_CURRENT_BINARY_DIR}/embedded/${ARG_NAME}.cc)
  list(TRANSFORM ARG_FILES PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/ OUTPUT_VARIABLE files)
  add_custom_command(
    OUTPUT ${out}
    COMMAND ${CMAKE_COMMAND} -DNAME=${ARG_NAME} "-DFILES=${files}" -DOUT=${out} -P ${CMAKE_SOURCE_DIR}/tools/cmake/embed.cmake
    DEPENDS ${files} ${CMAKE_SOURCE_DIR}/tools/cmake/embed.cmake
    VERBATIM)
  target_sources(${target} PRIVATE ${out})
endfunction()
