// Exports: names, the dialog, what is said afterwards, and what is left when writing fails.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <QAction>
#include <QDesktopServices>
#include <QDir>
#include <QFileDialog>
#include <QImage>
#include <QLineEdit>
#include <QMessageBox>
#include <QPushButton>
#include <QTableView>
#include <QTest>
#include <QTextBrowser>
#include <QTimer>
#include <QXmlStreamReader>
#include <csignal>
#include <initializer_list>
#include <optional>
#include <vector>

#include "gui/view/compare_plots.hpp"
#include "gui/view/compare_view.hpp"
#include "gui/view/heads_view.hpp"
#include "gui/view/state_map_plot.hpp"
#include "gui/view/state_map_view.hpp"
#include "gui/view/trade_off_view.hpp"
#include "gui/window/save_dialog.hpp"
#include "tests/gui/window_fixture.hpp"

namespace kvfoot::gui {
namespace {

TEST(CompleteName, GetsTheEndingOfItsKind) {
  const auto name = [](const char* path) {
    return complete_name(QLatin1String(path), QStringLiteral("svg")).toStdString();
  };
  EXPECT_EQ(name("/a/run"), "/a/run.svg");
  EXPECT_EQ(name("/a/run."), "/a/run.svg");
  EXPECT_EQ(name("/a.b/run"), "/a.b/run.svg");
  EXPECT_EQ(name("/a/sparsity=0.5"), "/a/sparsity=0.5.svg");
  EXPECT_EQ(name("/a/run.PNG"), "/a/run.PNG");
  EXPECT_EQ(name("/a/run.csv"), "/a/run.csv");
  EXPECT_EQ(name("/a/run.bmp"), "/a/run.bmp");  // said to be none, not written as another
}

class ExportTest : public WindowTest {
 protected:
  void SetUp() override {
    WindowTest::SetUp();
    workspace().open(small());
    ASSERT_TRUE(settled(workspace()));
  }
  // File > Export, or another, with this name and format; `overwrite` answers the question, which
  // is counted. After a refusal the dialog is closed.
  void ask(const QString& name, const QString& ending, std::optional<bool> overwrite = {},
           const char* action = "action.export") {
    bool typed = false;
    QTimer look;
    look.setInterval(20);
    QObject::connect(&look, &QTimer::timeout, [&] {
      QWidget* modal = QApplication::activeModalWidget();
      if (auto* box = qobject_cast<QMessageBox*>(modal)) {
        ++questions_;
        question_ = box->text();
        box->button(overwrite.value_or(false) ? QMessageBox::Yes : QMessageBox::No)->click();
      } else if (auto* dialog = qobject_cast<QFileDialog*>(modal)) {
        if (typed) {
          dialog->reject();
          return;
        }
        typed = true;
        title_ = dialog->windowTitle();
        for (const QString& filter : dialog->nameFilters()) {
          if (filter.contains(QLatin1String("*.") + ending)) {
            dialog->selectNameFilter(filter);
          }
        }
        dialog->findChild<QLineEdit*>(QStringLiteral("fileNameEdit"))->setText(name);
        static_cast<QDialog*>(dialog)->accept();
      }
    });
    look.start();
    window_->findChild<QAction*>(QLatin1String(action))->trigger();
    EXPECT_TRUE(typed);
  }
  QByteArray bytes(const char* name) const {
    QFile file(in_folder(name));
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
  }
  QString said() const { return window_->messages().text(); }

  int questions_ = 0;
  QString question_;
  QString title_;  // of the dialog
};

TEST_F(ExportTest, TheChosenFormatCompletesTheName) {
  ask(in_folder("run"), QStringLiteral("svg"));
  EXPECT_TRUE(bytes("run.svg").contains("<svg"));
  EXPECT_TRUE(said().contains(in_folder("run.svg"))) << said().toStdString();
  ask(in_folder("sparsity=0.5"), QStringLiteral("pdf"));
  EXPECT_TRUE(bytes("sparsity=0.5.pdf").startsWith("%PDF"));
  ask(in_folder("typed.png"), QStringLiteral("pdf"));  // what was typed wins
  EXPECT_FALSE(QImage(in_folder("typed.png")).isNull());
  EXPECT_EQ(questions_, 0);
}

TEST_F(ExportTest, OverwritingIsAskedAboutTheNameThatIsWritten) {
  write("run.csv", "mine");
  ask(in_folder("run"), QStringLiteral("csv"), false);
  EXPECT_EQ(questions_, 1);
  EXPECT_TRUE(question_.contains(QLatin1String("run.csv"))) << question_.toStdString();
  EXPECT_EQ(bytes("run.csv"), "mine");
  ask(in_folder("run"), QStringLiteral("csv"), true);
  EXPECT_EQ(questions_, 2);
  EXPECT_TRUE(bytes("run.csv").startsWith("row,"));
}

TEST_F(ExportTest, SaveAsCompletesItsNameAndAsksAboutThatToo) {
  ask(in_folder("run"), QStringLiteral("yaml"), {}, "action.save_as");
  EXPECT_TRUE(window_->windowTitle().startsWith(QLatin1String("run.yaml")));
  EXPECT_TRUE(bytes("run.yaml").startsWith("kvfoot: 1"));
  EXPECT_EQ(questions_, 0);
  write("other.yaml", "mine");
  ask(in_folder("other"), QStringLiteral("yaml"), false, "action.save_as");
  EXPECT_EQ(questions_, 1);
  EXPECT_TRUE(question_.contains(QLatin1String("other.yaml"))) << question_.toStdString();
  EXPECT_EQ(bytes("other.yaml"), "mine");
  ask(in_folder("other"), QStringLiteral("yaml"), true, "action.save_as");
  EXPECT_TRUE(bytes("other.yaml").startsWith("kvfoot: 1"));
  ask(in_folder("typed.yml"), QStringLiteral("yaml"), {}, "action.save_as");
  EXPECT_FALSE(bytes("typed.yml").isEmpty());
  EXPECT_EQ(questions_, 2);
}

QColor corner(const QString& file) { return QColor(QImage(file).pixel(0, 0)); }

TEST_F(ExportTest, PicturesAreLightUntilDarkIsChosen) {
  apply_appearance(Appearance::kDark);
  ASSERT_TRUE(window_->export_to(in_folder("a.png")));
  EXPECT_EQ(corner(in_folder("a.png")), QColor(Qt::white));
  auto* dark = window_->findChild<QAction*>(QStringLiteral("action.dark_exports"));
  EXPECT_FALSE(dark->isChecked());
  dark->trigger();
  apply_appearance(Appearance::kLight);
  ASSERT_TRUE(window_->export_to(in_folder("b.png")));
  EXPECT_LT(corner(in_folder("b.png")).lightness(), 64);
  end_without_closing();
  start();
  EXPECT_TRUE(window_->findChild<QAction*>(QStringLiteral("action.dark_exports"))->isChecked());
}

// What the desktop would be asked to show.
class Desktop final : public QTextBrowser {
 public:
  Desktop() { QDesktopServices::setUrlHandler(QStringLiteral("file"), this, "setSource"); }
  ~Desktop() override { QDesktopServices::unsetUrlHandler(QStringLiteral("file")); }
  QVariant loadResource(int /*type*/, const QUrl& url) override {
    asked = url;
    return QStringLiteral(" ");
  }
  QUrl asked;
};

TEST_F(ExportTest, TheFolderCanBeOpened) {
  Desktop desktop;
  ASSERT_TRUE(window_->export_to(in_folder("a.png")));
  ASSERT_EQ(window_->messages().buttons().size(), 2U);
  window_->messages().buttons().front()->click();
  EXPECT_EQ(desktop.asked.toLocalFile(), folder_.path());
  EXPECT_EQ(said(), QString());
}

// No file of this test grows beyond so many bytes while it lives: a full disk.
class FullDisk {
 public:
  explicit FullDisk(rlim_t most) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    getrlimit(RLIMIT_FSIZE, &before_);
    rlimit now = before_;
    now.rlim_cur = most;
    setrlimit(RLIMIT_FSIZE, &now);
  }
  ~FullDisk() {
    setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;

 private:
  void (*handler_)(int);
  rlimit before_{};
};

TEST_F(ExportTest, AFullDiskIsSaidAndTheOldFileStays) {
  for (const char* name : {"a.png", "a.svg", "a.pdf", "a.csv"}) {
    SCOPED_TRACE(name);
    write(name, "mine");
    bool written = true;
    {
      const FullDisk full(16);
      written = window_->export_to(in_folder(name));
    }
    EXPECT_FALSE(written);
    EXPECT_TRUE(said().contains(in_folder(name))) << said().toStdString();
    EXPECT_TRUE(said().contains(QLatin1String("File too large"))) << said().toStdString();
    EXPECT_EQ(bytes(name), "mine");
  }
  EXPECT_EQ(QDir(folder_.path()).entryList(QDir::Files | QDir::Hidden).size(), 4);
}

TEST_F(ExportTest, AFolderThatCannotBeWrittenIsSaid) {
  const QString file = write("file", "mine");
  for (const char* ending : {"png", "svg", "pdf", "csv"}) {
    const QString below = file + QLatin1String("/a.") + QLatin1String(ending);
    EXPECT_FALSE(window_->export_to(below));
    EXPECT_TRUE(said().contains(below)) << said().toStdString();
    EXPECT_TRUE(said().contains(QLatin1String("Not a directory"))) << said().toStdString();
  }
  EXPECT_EQ(bytes("file"), "mine");
  const QString gone = in_folder("gone");
  EXPECT_FALSE(window_->export_to(gone + QLatin1String("/a.png")));
  EXPECT_FALSE(window_->export_to(gone + QLatin1String("/a.csv")));
  EXPECT_FALSE(window_->export_to(in_folder("a.xyz")));
  EXPECT_TRUE(
      said().contains(QLatin1String(".xyz is no format of exports; use .png, .svg or .pdf "
                                    "for the picture, .csv for its numbers")))
      << said().toStdString();
  EXPECT_FALSE(QFileInfo::exists(gone));
}

// Lines of a CSV file, each cut at its commas.
std::vector<QStringList> table(const QByteArray& text) {
  std::vector<QStringList> lines;
  for (const QString& line : QString::fromUtf8(text).split(QLatin1Char('\n'))) {
    if (!line.isEmpty()) {
      lines.push_back(line.split(QLatin1Char(',')));
    }
  }
  return lines;
}

class NumbersTest : public ExportTest {
 protected:
  void SetUp() override {
    ExportTest::SetUp();
    WhatIf what_if = small();
    what_if.policy = *parse_policy("streaming:sinks=4,window=60");
    workspace().open(what_if);
    ASSERT_TRUE(settled(workspace()));
  }
  // What the panel writes, after one of its widgets had the focus; the dialog says what that is.
  std::vector<QStringList> exported(const char* panel, QWidget* focus) {
    window_->look_at(QLatin1String(panel));
    window_->activateWindow();
    focus->setFocus();
    EXPECT_TRUE(wait_until([&] { return focus->hasFocus(); }));
    EXPECT_TRUE(window_->export_to(in_folder("a.csv"))) << said().toStdString();
    return table(bytes("a.csv"));
  }
};

// 64 of the 251 tokens up to row 250 survive, and its own pass began with row 200.
TEST_F(NumbersTest, OfTheHeads) {
  workspace().set_row(250);
  auto* heads = window_->findChild<HeadsView*>();
  window_->look_at(QStringLiteral("heads"));
  ASSERT_TRUE(wait_until([&] { return heads->grid() != nullptr && !heads->busy(); }));
  const auto lines = exported("heads", &heads->plot());
  ASSERT_EQ(lines.size(), 1U + 32 * 8);
  EXPECT_EQ(lines[0].join(QLatin1Char(',')), QStringLiteral("layer,head,row,kept_share"));
  EXPECT_EQ(lines[10].mid(0, 3), QStringList({"1", "1", "250"}));
  EXPECT_EQ(lines[10][3].toDouble(), (64 + 51) / 251.0);  // in full precision
  ask(in_folder("asked"), QStringLiteral("csv"));
  EXPECT_EQ(title_, QStringLiteral("Export: heads, kept share at the row"));
  EXPECT_EQ(bytes("asked.csv"), bytes("a.csv"));
}

// Pass [100, 200) ends with 4 sinks and keys 140 to 199.
TEST_F(NumbersTest, OfTheStateMap) {
  workspace().set_stream({3, 2});
  auto* map = window_->findChild<StateMapView*>();
  window_->look_at(QStringLiteral("states"));
  ASSERT_TRUE(wait_until([&] { return map->subject().life.has_value() && !map->busy(); }));
  auto lines = exported("states", &map->plot());
  ASSERT_EQ(lines.size(), 1U + 1024);
  EXPECT_EQ(lines[0].join(QLatin1Char(',')),
            QStringLiteral("layer,head,key,inactive_from_row,evicted_from_row"));
  EXPECT_EQ(lines[1 + 3], QStringList({"3", "2", "3", "", ""}));
  EXPECT_EQ(lines[1 + 139], QStringList({"3", "2", "139", "", "200"}));
  EXPECT_EQ(lines[1 + 140], QStringList({"3", "2", "140", "", "300"}));
  // All streams: from its own row on 256 hold the key, then none.
  workspace().set_stream({});
  ASSERT_TRUE(wait_until([&] { return map->subject().sum != nullptr && !map->busy(); }));
  lines = exported("states", &map->plot());
  ASSERT_EQ(lines[1 + 4], QStringList({"4", "4", "256", "0", "0"}));
  EXPECT_EQ(lines[1 + 5], QStringList({"4", "100", "0", "0", "256"}));
}

TEST_F(NumbersTest, OfTheComparisonWithItsPicture) {
  workspace().pin();
  auto* compare = window_->findChild<CompareView*>();
  window_->look_at(QStringLiteral("compare"));
  ASSERT_TRUE(wait_until([&] { return compare->model().rowCount() > 3; }));
  static_cast<void>(exported("compare", &compare->table()));
  EXPECT_EQ(QString::fromUtf8(bytes("a.csv")), compare->model().to_csv());
  ASSERT_TRUE(window_->export_to(in_folder("a.svg")));
  EXPECT_TRUE(bytes("a.svg").contains(compare->timelines().spec()->title.c_str()));
}

// Pictures for paper: neither as small as the panel nor with names cut to it.
TEST_F(NumbersTest, PicturesOfTheComparisonHaveWholeNames) {
  workspace().pin();
  WhatIf other = small();
  other.policy = *parse_policy("streaming:sinks=12,window=480");
  other.device = "h100-sxm";
  workspace().open(other);
  ASSERT_TRUE(settled(workspace()));
  auto* compare = window_->findChild<CompareView*>();
  window_->look_at(QStringLiteral("compare"));
  ASSERT_TRUE(wait_until([&] { return compare->model().columnCount() == 2; }));
  window_->activateWindow();
  ASSERT_TRUE(QTest::qWaitForWindowActive(window_));
  for (PlotWidget* plot :
       std::initializer_list<PlotWidget*>{&compare->timelines(), &compare->bars()}) {
    plot->setFocus();
    ASSERT_TRUE(wait_until([&] { return plot->hasFocus(); }));
    ASSERT_TRUE(window_->export_to(in_folder("a.svg")));
    QString words;  // of the picture; names may be broken into lines
    QXmlStreamReader xml(bytes("a.svg"));
    while (!xml.atEnd()) {
      if (xml.readNext() == QXmlStreamReader::Characters) {
        words += xml.text().toString().remove(QLatin1Char(' ')).trimmed();
      }
    }
    for (const Compared& scenario : compare->model().scenarios()) {
      const QString name = QString::fromStdString(scenario.name()).remove(QLatin1Char(' '));
      EXPECT_TRUE(words.contains(name)) << name.toStdString() << " in " << words.toStdString();
    }
    ASSERT_TRUE(window_->export_to(in_folder("a.png")));
    EXPECT_EQ(QImage(in_folder("a.png")).width(), 2 * kExportedWidth);
  }
  EXPECT_LT(compare->bars().width(), kExportedWidth);
}

TEST_F(NumbersTest, OfTheTradeOff) {
  auto* view = window_->findChild<TradeOffView*>();
  window_->look_at(QStringLiteral("trade_off"));
  ASSERT_TRUE(wait_until([&] { return !view->plane().points().empty() && !view->busy(); }));
  static_cast<void>(exported("trade_off", view));
  const QString text = QString::fromUtf8(bytes("a.csv"));
  EXPECT_TRUE(
      text.startsWith(QLatin1String("scenario,shown_as,footprint,peak_kv_bytes,command\n")));
  EXPECT_EQ(text.count(QLatin1String(",current,")), 1);
  EXPECT_EQ(text.count(QLatin1String(",sweep,")), std::ssize(view->plane().sweep));
  EXPECT_EQ(text.count(QLatin1String("kvfoot replay ")), text.count(QLatin1Char('\n')) - 1);
}

}  // namespace
}  // namespace kvfoot::gui
