# The window's languages: each .ts is compiled by lrelease and becomes a resource of the library that includes this.
# Sets kvfoot_translations to the sources to add; empty without Qt's linguist tools, and the window speaks English.
set(kvfoot_translations "")
find_package(Qt6 6.2 QUIET COMPONENTS LinguistTools)
if(NOT TARGET Qt6::lrelease)
  message(STATUS "kvfoot: Qt 6 LinguistTools not found, kvfoot-gui speaks English only; "
                 "install qt6-tools-dev qt6-l10n-tools to have its translations")
  return()
endif()

set(entries "")
foreach(language zh_CN)
  set(source "${PROJECT_SOURCE_DIR}/gui/translations/kvfoot_${language}.ts")
  set(compiled "${CMAKE_CURRENT_BINARY_DIR}/kvfoot_${language}.qm")
  add_custom_command(OUTPUT "${compiled}"
    COMMAND Qt6::lrelease -silent "${source}" -qm "${compiled}" DEPENDS "${source}" VERBATIM)
  string(APPEND entries "    <file>kvfoot_${language}.qm</file>\n")
endforeach()
set(resources "${CMAKE_CURRENT_BINARY_DIR}/translations.qrc")
file(CONFIGURE OUTPUT "${resources}" CONTENT
"<RCC>
  <qresource prefix=\"/kvfoot/translations\">
${entries}  </qresource>
</RCC>
" @ONLY)
qt6_add_resources(kvfoot_translations "${resources}")
