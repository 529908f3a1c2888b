# Writes OUT: a function gridwork::embedded::NAME() that returns the (file name, text) pairs of FILES, in the order given.
set(body "#include \"common/base/embedded.h\"\n\nnamespace gridwork::embedded {\n\nconst std::vector<File>& ${NAME}() {\n  static const std::vector<File> files = {\n")
foreach(file IN LISTS FILES)
  get_filename_component(base ${file} NAME)
  file(READ ${file} text)
  string(APPEND body "      {\"${base}\", R\"EMBED(${text})EMBED\"},\n")
endforeach()
string(APPEND body "  };\n  return files;\n}\n\n}  // namespace gridwork::embedded\n")
file(WRITE ${OUT} "${body}")
