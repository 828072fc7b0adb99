// Telling files apart, and remembering them.
#include "gui/window/documents.hpp"

#include <QFile>
#include <QFileInfo>
#include <QStringList>
#include <filesystem>
#include <utility>

#include "gui/model/scenario_text.hpp"
#include "gui/window/settings.hpp"
#include "sim/io/file.hpp"
#include "sim/trace/reader.hpp"

namespace kvfoot::gui {
namespace {

constexpr int kMostRecent = 12;

// The first bytes of every HDF5 file that starts at its beginning.
bool is_hdf5(const QByteArray& head) { return head.startsWith("\x89HDF\r\n\x1a\n"); }

std::string absolute(const std::string& path) {
  std::error_code error;
  const auto whole = std::filesystem::absolute(path, error);
  return error ? path : whole.lexically_normal().string();
}

}  // namespace

Result<Document> open_document(const std::string& file) {
  const QFileInfo info(QString::fromStdString(file));
  if (info.isDir()) {
    return Error{file, "is a folder", "open a trace (.h5) or a scenario (.yaml) in it"};
  }
  QFile input(info.filePath());
  if (!input.open(QIODevice::ReadOnly)) {
    return Error{file, "cannot be read: " + input.errorString().toStdString(),
                 "open a trace (.h5) or a scenario (.yaml)"};
  }
  const QByteArray head = input.read(8);
  input.close();
  Document document;
  document.file = absolute(file);
  if (is_hdf5(head)) {
    KVFOOT_ASSIGN(const auto trace, TraceReader::open(document.file));
    document.recorded = trace->header().run;
    if (!trace->full_cache()) {
      KVFOOT_ASSIGN(document.evicting, parse_policy(trace->header().policy));
    }
    return document;
  }
  if (info.suffix().compare(QLatin1String("h5"), Qt::CaseInsensitive) == 0) {
    return Error{file, "is no trace", "its name says HDF5, its first bytes do not"};
  }
  document.scenario = true;
  KVFOOT_ASSIGN(document.runs, load_scenarios(document.file));
  return document;
}

Status save_scenario(const WhatIf& what_if, const std::string& file) {
  KVFOOT_TRY(check_scenario(what_if));
  return write_file(file, to_yaml(with_absolute_paths(what_if), short_name(what_if)));
}

QStringList recent_files() { return settings::recent_files(); }

void add_recent_file(const QString& file) {
  QStringList files = recent_files();
  const QString whole = QFileInfo(file).absoluteFilePath();
  files.removeAll(whole);
  files.prepend(whole);
  settings::set_recent_files(files.mid(0, kMostRecent));
}

void clear_recent_files() { settings::set_recent_files({}); }

}  // namespace kvfoot::gui
