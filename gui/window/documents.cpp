// Telling files apart, and remembering them.
#include "gui/window/documents.hpp"

#include <QDir>
#include <QFileInfo>
#include <QStringList>
#include <filesystem>
#include <string_view>
#include <utility>

#include "gui/model/data_folder.hpp"
#include "gui/model/scenario_text.hpp"
#include "gui/window/settings.hpp"
#include "sim/io/file.hpp"
#include "sim/trace/reader.hpp"

namespace kvfoot::gui {
namespace {

constexpr int kMostRecent = 12;

// The first bytes of every HDF5 file that starts at its beginning.
constexpr std::string_view kHdf5Start = "\x89HDF\r\n\x1a\n";

std::string absolute(const std::string& path) {
  std::error_code error;
  const auto whole = std::filesystem::absolute(path, error);
  return error ? path : whole.lexically_normal().string();
}

// Of one run there is nothing to choose.
QStringList names_of(const std::vector<WhatIf>& runs) {
  QStringList names;
  if (runs.size() > 1) {
    for (const WhatIf& run : runs) {
      const std::string command = to_command(run);
      names += QString::fromStdString(command.substr(command.find("replay") + 7));
    }
  }
  return names;
}

}  // namespace

Result<Document> open_document(const std::string& file) {
  const QFileInfo info(QString::fromStdString(file));
  if (info.isDir()) {
    return Error{file, "is a folder", "open a trace (.h5) or a scenario (.yaml) in it"};
  }
  auto head = read_start(file, kHdf5Start.size());
  if (!head) {
    Error error = head.error();
    error.hint = "open a trace (.h5) or a scenario (.yaml)";
    return error;
  }
  Document document;
  document.file = absolute(file);
  if (*head == kHdf5Start) {
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
  KVFOOT_ASSIGN(ScenarioFile loaded, load_scenario_file(document.file));
  document.runs = std::move(loaded.runs);
  document.names = names_of(document.runs);
  document.notes = std::move(loaded.notes);
  document.text = std::make_shared<const std::string>(std::move(loaded.text));
  return document;
}

bool changed_on_disk(const Document& document) {
  if (document.text == nullptr || !QFileInfo::exists(QString::fromStdString(document.file))) {
    return false;
  }
  const auto most = static_cast<std::int64_t>(document.text->size());
  const auto now = read_regular_file(document.file, most);
  return !now || *now != *document.text;  // one that cannot be read is not what was
}

Status check_target(const std::string& file) {
  std::error_code code;
  const auto status = std::filesystem::status(file, code);
  if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status) &&
      !std::filesystem::is_directory(status)) {
    return Error{file, "is a pipe or a device, not a file",
                 "choose another name; the command line writes there (kvfoot replay, kvfoot plot)"};
  }
  return {};
}

std::string scenario_text(const WhatIf& what_if, const ScenarioNotes& notes) {
  const WhatIf saved = with_absolute_paths(what_if);
  return to_yaml(saved, short_name(saved), notes);
}

Status save_scenario(const WhatIf& what_if, const std::string& file, const std::string& text) {
  KVFOOT_TRY(check_scenario(what_if));
  KVFOOT_TRY(check_target(file));
  return write_file(file, text);
}

Examples examples() {
  const std::filesystem::path data = find_data_folder();
  Examples found;
  if (data.empty()) {
    return found;
  }
  const auto list = [&](const char* below, const char* pattern) {
    QStringList files;
    const QDir folder(QString::fromStdString((data / below).string()));
    for (const QFileInfo& file : folder.entryInfoList({QLatin1String(pattern)}, QDir::Files)) {
      files << file.absoluteFilePath();
    }
    return files;
  };
  found.traces = list("traces", "*.h5");
  found.scenarios = list("scenarios", "*.yaml");
  return found;
}

QString first_folder() {
  QString last = settings::open_folder();
  if (!last.isEmpty() && QFileInfo(last).isDir()) {
    return last;
  }
  const std::filesystem::path data = find_data_folder();
  return data.empty() ? QString() : QString::fromStdString((data / "traces").string());
}

void remember_folder_of(const QString& file) {
  settings::set_open_folder(QFileInfo(file).absolutePath());
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
