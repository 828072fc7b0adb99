// The program itself: what its flags refuse, and how it ends where a picture cannot be written.
#include <gtest/gtest.h>

#include <QFile>
#include <QImage>
#include <QProcess>
#include <QTemporaryDir>

namespace kvfoot::gui {
namespace {

struct Ended {
  int code = -1;
  QString said;
};

Ended run(const QString& shell_before, const QStringList& flags) {
  QProcess process;
  process.start(QStringLiteral("/bin/sh"),
                QStringList{QStringLiteral("-c"), shell_before + QStringLiteral("exec \"$@\""),
                            QStringLiteral("sh"), QStringLiteral(KVFOOT_GUI_BINARY)} +
                    flags);
  EXPECT_TRUE(process.waitForFinished(120'000));
  return {process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -1,
          QString::fromUtf8(process.readAllStandardError())};
}

// What it says last; Qt may have something to say before.
bool says(const Ended& ended, const QString& error) {
  return ended.said.endsWith(QStringLiteral("error: %1\n").arg(error));
}

Ended run(const QStringList& flags) { return run({}, flags); }

TEST(ProgramTest, NamesThatItDoesNotKnowAreErrorsWithThoseThatItDoes) {
  const Ended look = run({QStringLiteral("--appearance"), QStringLiteral("pink"),
                          QStringLiteral("--screenshot"), QStringLiteral("unused.png")});
  EXPECT_EQ(look.code, 2);
  EXPECT_TRUE(
      says(look, QStringLiteral("--appearance: 'pink' is unknown; write system, light or dark")))
      << look.said.toStdString();
  const Ended panel = run({QStringLiteral("--panel"), QStringLiteral("nonsense"),
                           QStringLiteral("--screenshot"), QStringLiteral("unused.png")});
  EXPECT_EQ(panel.code, 2);
  EXPECT_TRUE(
      says(panel,
           QStringLiteral("--panel: 'nonsense' is unknown; write one of timeline, memory, compare, "
                          "formula, heads, lessons, scenario, states, tokens, trade_off")))
      << panel.said.toStdString();
}

// Whatever the panels ask for on their way, also where there are several runs, a device, heads of
// queries, and a trace.
TEST(ProgramTest, TheWindowFitsASmallScreen) {
  QTemporaryDir folder;
  const QString picture = folder.path() + QStringLiteral("/a.png");
  const QString source = QStringLiteral(KVFOOT_SOURCE_DIR "/");
  for (const char* language : {"en", "zh_CN"}) {
    for (const char* file : {"", "traces/kv-192-snapkv-rows.h5",
                             "scenarios/seconds_on_devices.yaml", "scenarios/group_copies.yaml"}) {
      QStringList flags{QStringLiteral("--screenshot"), picture,
                        QStringLiteral("--size"),       QStringLiteral("900x600"),
                        QStringLiteral("--language"),   QLatin1String(language)};
      if (*file != '\0') {
        flags += source + QLatin1String(file);
      }
      const Ended ended = run(flags);
      if (ended.said.contains(QLatin1String("built without translations"))) {
        continue;
      }
      EXPECT_EQ(ended.code, 0) << ended.said.toStdString();
      EXPECT_EQ(QImage(picture).size(), QSize(900, 600)) << language << ' ' << file;
    }
  }
}

TEST(ProgramTest, APictureIsWrittenWholeOrNotAtAll) {
  QTemporaryDir folder;
  const auto in_folder = [&](const char* name) {
    return folder.path() + QLatin1Char('/') + QLatin1String(name);
  };
  const auto picture = [](const QString& file) {
    return QStringList{QStringLiteral("--screenshot"), file, QStringLiteral("--size"),
                       QStringLiteral("900x600")};
  };
  const QString file = in_folder("a.png");
  ASSERT_EQ(run(picture(file)).code, 0);
  const QImage good(file);
  ASSERT_FALSE(good.isNull());
  // A limit instead of a full disk; the picture of before stays.
  const Ended full = run(QStringLiteral("trap '' XFSZ; ulimit -f 2; "), picture(file));
  EXPECT_EQ(full.code, 3) << full.said.toStdString();
  EXPECT_TRUE(says(full, QStringLiteral("%1: cannot write: File too large; free some space or "
                                        "choose another disk")
                             .arg(file)))
      << full.said.toStdString();
  EXPECT_EQ(QImage(file), good);
  const Ended missing = run(picture(in_folder("none/a.png")));
  EXPECT_EQ(missing.code, 2);
  EXPECT_TRUE(missing.said.contains(QLatin1String("No such file or directory")))
      << missing.said.toStdString();
  const Ended unknown = run(picture(in_folder("a.yaml")));
  EXPECT_EQ(unknown.code, 2);
  EXPECT_TRUE(unknown.said.contains(QLatin1String("has no ending of a picture")))
      << unknown.said.toStdString();
}

}  // namespace
}  // namespace kvfoot::gui
