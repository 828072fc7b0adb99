#include "gui/app/screenshot.hpp"

#include <QBuffer>
#include <QByteArray>
#include <QFileInfo>
#include <QImageWriter>
#include <QPixmap>
#include <cstdio>
#include <string_view>

#include "gui/window/main_window.hpp"
#include "gui/window/settle.hpp"
#include "sim/io/file.hpp"

namespace kvfoot::gui {
namespace {

int fail(const Error& error) {
  std::fprintf(stderr, "error: %s\n", error.message().c_str());
  return static_cast<int>(error.kind);
}

}  // namespace

int take_screenshot(MainWindow& window, const QString& file) {
  const QByteArray format = QFileInfo(file).suffix().toLower().toLatin1();
  if (!QImageWriter::supportedImageFormats().contains(format)) {
    return fail({file.toStdString(), "has no ending of a picture", "give a .png file"});
  }
  settle(window);
  if (const auto& error = window.workspace().error()) {
    return fail(*error);
  }
  QByteArray bytes;
  QBuffer buffer(&bytes);
  buffer.open(QIODevice::WriteOnly);
  if (!window.grab().save(&buffer, format.constData())) {
    return fail({file.toStdString(), "the picture cannot be made", "give a .png file"});
  }
  const Status written =
      write_file(file.toStdString(),
                 std::string_view(bytes.constData(), static_cast<std::size_t>(bytes.size())));
  return written ? 0 : fail(written.error());
}

}  // namespace kvfoot::gui
