// Files: one renderer per format, metadata without dates.
#include "gui/plots/save.hpp"

#include <QBuffer>
#include <QByteArray>
#include <QFileInfo>
#include <QFontDatabase>
#include <QGuiApplication>
#include <QHashFunctions>
#include <QImage>
#include <QPageSize>
#include <QPainter>
#include <QPdfWriter>
#include <QSvgGenerator>
#include <algorithm>
#include <cmath>
#include <string_view>

#include "gui/plots/canvas.hpp"
#include "gui/plots/plot.hpp"
#include "sim/io/file.hpp"

namespace kvfoot::plots {
namespace {

constexpr int kLargestSide = 16384;  // image pixels
constexpr double kDotsPerInch = 96;
constexpr int kPdfResolution = 1200;

// Fonts need a QGuiApplication; the offscreen platform needs no display. Never destroyed: Qt
// objects in static storage would have to go in an order that nobody controls.
Status ensure_application() {
  // The PDF engine walks its fonts in hash order, which Qt otherwise draws anew in each process.
  QHashSeed::setDeterministicGlobalSeed();
  if (QCoreApplication::instance() == nullptr) {
    static int argc = 3;
    static char name[] = "kvfoot";
    static char flag[] = "-platform";
    static char platform[] = "offscreen";
    static char* argv[] = {name, flag, platform, nullptr};
    // Qt talks about the desktop session that it does not find; a library must not print.
    const QtMessageHandler before =
        qInstallMessageHandler([](QtMsgType, const QMessageLogContext&, const QString&) {});
    static QGuiApplication* const application = new QGuiApplication(argc, argv);
    (void)application;
    qInstallMessageHandler(before);
  }
  if (qobject_cast<QGuiApplication*>(QCoreApplication::instance()) == nullptr) {
    return Error{"plots", "the program runs without Qt Gui, which text needs",
                 "start it with a QGuiApplication", ErrorKind::kEnvironment};
  }
  if (QFontDatabase::families().isEmpty()) {
    return Error{"plots", "no font is installed", "install fonts-dejavu-core",
                 ErrorKind::kEnvironment};
  }
  return {};
}

Result<QSize> size_of(const PlotSpec& spec, const PlotOptions& options) {
  const QSize natural = natural_size(spec).toSize();
  const QSize size(options.width > 0 ? options.width : natural.width(),
                   options.height > 0 ? options.height : natural.height());
  const double largest = std::max(size.width(), size.height()) * std::max(options.scale, 1.0);
  if (options.width < 0 || options.height < 0 || !(options.scale > 0) || largest > kLargestSide) {
    return Error{"plot size",
                 "a picture of " + std::to_string(options.width) + " x " +
                     std::to_string(options.height) + " cannot be drawn",
                 "sides times scale must lie between 1 and " + std::to_string(kLargestSide)};
  }
  if (!(options.font_scale >= 0.25) || options.font_scale > 8) {
    return Error{"plot size", "the font scale must lie between 0.25 and 8"};
  }
  return size;
}

struct Picture {
  const PlotSpec& spec;
  QSize size;
  Theme theme;
  const Layer& layer;
};

void paint(QPainter& painter, const Picture& picture, Device device) {
  const auto& [spec, size, theme, layer] = picture;
  const PlotGeometry geometry =
      paint_plot(painter, QRectF(QPointF(0, 0), size), spec, theme, device);
  if (layer) {
    painter.save();
    painter.setClipRect(geometry.plot);
    layer(painter, geometry, theme);
    painter.restore();
  }
}

QByteArray render_png(const Picture& picture, double scale) {
  const QSize size = picture.size;
  const QSize pixels(std::max(1, static_cast<int>(std::lround(size.width() * scale))),
                     std::max(1, static_cast<int>(std::lround(size.height() * scale))));
  QImage image(pixels, QImage::Format_RGB32);
  image.setDevicePixelRatio(scale);
  const auto dots_per_metre = static_cast<int>(std::lround(kDotsPerInch * scale / 0.0254));
  image.setDotsPerMeterX(dots_per_metre);
  image.setDotsPerMeterY(dots_per_metre);
  image.fill(to_qcolor(picture.theme.background));
  {
    QPainter painter(&image);
    paint(painter, picture, Device::kPixels);
  }
  QBuffer buffer;
  buffer.open(QIODevice::WriteOnly);
  image.save(&buffer, "PNG");
  return buffer.data();
}

QByteArray render_svg(const Picture& picture) {
  QBuffer buffer;
  {
    QSvgGenerator generator;
    generator.setOutputDevice(&buffer);
    generator.setSize(picture.size);
    generator.setViewBox(QRect(QPoint(0, 0), picture.size));
    generator.setResolution(static_cast<int>(kDotsPerInch));
    generator.setTitle(to_qstring(picture.spec.title));
    generator.setDescription(to_qstring(picture.spec.subtitle));
    QPainter painter(&generator);
    paint(painter, picture, Device::kShapes);
  }
  QByteArray bytes = buffer.data();
  // Readers without the font should fall back to one of like width, not to a serif.
  bytes.replace("font-family=\"DejaVu Sans\"",
                "font-family=\"DejaVu Sans, Verdana, Arial, sans-serif\"");
  return bytes;
}

// QPdfWriter always writes the time. Blanks of the same length keep all offsets in the file true.
void remove_date(QByteArray& bytes) {
  const QByteArray key("/CreationDate (D:");
  const qsizetype begin = bytes.indexOf(key);
  const qsizetype end = bytes.indexOf(')', begin);
  constexpr qsizetype kLongestDate = 24;  // 20261121202247+01'00'
  if (begin >= 0 && end > begin && end - begin - key.size() <= kLongestDate) {
    std::fill(bytes.begin() + begin, bytes.begin() + end + 1, ' ');
  }
}

QByteArray render_pdf(const Picture& picture) {
  QBuffer buffer;
  buffer.open(QIODevice::WriteOnly);
  {
    QPdfWriter writer(&buffer);
    writer.setResolution(kPdfResolution);
    writer.setPageSize(QPageSize(QSizeF(picture.size) * (72 / kDotsPerInch), QPageSize::Point,
                                 QString(), QPageSize::ExactMatch));
    writer.setPageMargins(QMarginsF(0, 0, 0, 0));
    writer.setTitle(to_qstring(picture.spec.title));
    writer.setCreator(QStringLiteral("kvfoot"));
    QPainter painter(&writer);
    painter.scale(kPdfResolution / kDotsPerInch, kPdfResolution / kDotsPerInch);
    paint(painter, picture, Device::kShapes);
  }
  QByteArray bytes = buffer.data();
  remove_date(bytes);
  return bytes;
}

Result<QByteArray> render(const PlotSpec& spec, const QString& extension,
                          const PlotOptions& options, const Layer& layer) {
  const QString kind = extension.toLower();
  const bool png = kind == QLatin1String("png");
  const bool svg = kind == QLatin1String("svg");
  if (!png && !svg && kind != QLatin1String("pdf")) {
    const std::string named =
        kind.isEmpty() ? "no extension" : QStringLiteral(".%1").arg(kind).toStdString();
    return Error{"plot", named + " is not a picture format", "use .png, .svg or .pdf"};
  }
  KVFOOT_TRY(check_spec(spec));
  KVFOOT_ASSIGN(const QSize size, size_of(spec, options));
  KVFOOT_TRY(ensure_application());
  const ThemeKind kind_of_theme =
      options.look == Look::kDark ? ThemeKind::kDark : ThemeKind::kLight;
  const Picture picture{spec, size, make_theme(kind_of_theme, options.font_scale), layer};
  if (png) {
    return render_png(picture, options.scale);
  }
  return svg ? render_svg(picture) : render_pdf(picture);
}

}  // namespace

Result<std::string> render_plot(const PlotSpec& spec, const std::string& extension,
                                const PlotOptions& options, const Layer& layer) {
  KVFOOT_ASSIGN(const QByteArray bytes, render(spec, to_qstring(extension), options, layer));
  return bytes.toStdString();
}

Status save_plot(const PlotSpec& spec, const std::string& path, const PlotOptions& options,
                 const Layer& layer) {
  const QString name = to_qstring(path);
  Result<QByteArray> bytes = render(spec, QFileInfo(name).suffix(), options, layer);
  if (!bytes) {
    Error error = std::move(bytes).error();
    error.where = path + ": " + error.where;
    return error;
  }
  Status written = write_file(
      path, std::string_view(bytes->constData(), static_cast<std::size_t>(bytes->size())));
  if (!written) {
    Error error = written.error();
    error.kind = ErrorKind::kEnvironment;
    if (error.hint.empty()) {
      error.hint = "choose a folder that exists and may be written";
    }
    return error;
  }
  return {};
}

}  // namespace kvfoot::plots
