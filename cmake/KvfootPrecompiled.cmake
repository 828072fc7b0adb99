# Precompiled headers, for builds that nobody looks for a missing include in: the sanitizer presets. Each set below is
# compiled once and used by every target that asks for it. A target whose flags differ (another optimisation, the
# position-independent code that Qt asks for) cannot share a set; the compiler says so (-Winvalid-pch) and reads the text.

set(KVFOOT_STD_HEADERS <algorithm> <array> <cmath> <cstdint> <functional> <map> <memory> <optional> <span>
    <string> <string_view> <utility> <variant> <vector>)
set(KVFOOT_QT_GUI_HEADERS <QColor> <QCoreApplication> <QDir> <QFont> <QImage> <QObject> <QPainter> <QPainterPath>
    <QPointF> <QRectF> <QString> <QStringList>)
set(KVFOOT_QT_WIDGETS_HEADERS <QAction> <QApplication> <QComboBox> <QHBoxLayout> <QKeyEvent> <QLabel> <QLineEdit>
    <QMainWindow> <QMouseEvent> <QPushButton> <QScrollArea> <QSettings> <QToolButton> <QVBoxLayout> <QWidget>)

# kvfoot_precompiled_set(NAME LIBS libs... HEADERS <header>... [FLAGS flags...])
function(kvfoot_precompiled_set name)
  if(NOT KVFOOT_PRECOMPILED_HEADERS)
    return()
  endif()
  cmake_parse_arguments(ARG "" "" "LIBS;HEADERS;FLAGS" ${ARGN})
  set(empty "${PROJECT_BINARY_DIR}/generated/precompiled.cpp")
  file(CONFIGURE OUTPUT "${empty}" CONTENT "// A target needs a source to precompile headers for.\n")
  add_library(kvfoot_precompiled_${name} OBJECT "${empty}")
  target_link_libraries(kvfoot_precompiled_${name} PRIVATE kvfoot_options ${ARG_LIBS})
  target_compile_options(kvfoot_precompiled_${name} PRIVATE ${ARG_FLAGS})
  target_precompile_headers(kvfoot_precompiled_${name} PRIVATE ${ARG_HEADERS})
endfunction()

# kvfoot_precompile(TARGET SET): the target's sources get the set; without such a set nothing happens.
function(kvfoot_precompile target name)
  if(TARGET kvfoot_precompiled_${name})
    target_precompile_headers(${target} REUSE_FROM kvfoot_precompiled_${name})
  endif()
endfunction()
