// Another language is another window around the same work.
#include "gui/window/language.hpp"

#include <gtest/gtest.h>

#include <QAction>
#include <QFile>
#include <QLibraryInfo>
#include <QLocale>
#include <QPushButton>
#include <QSettings>
#include <QTemporaryDir>
#include <fstream>

#include "gui/view/lesson_page.hpp"
#include "gui/view/lesson_panel.hpp"
#include "gui/window/program.hpp"
#include "tests/gui/gui_test.hpp"

namespace kvfoot::gui {
namespace {

class LanguageTest : public ::testing::Test {
 protected:
  void SetUp() override {
    QSettings().clear();
    QSettings().setValue(QStringLiteral("appearance"), QStringLiteral("light"));
    apply_language(Language::kEnglish);
  }
  void TearDown() override {
    apply_language(Language::kEnglish);
    QLocale::setDefault(before_);
  }
  static QAction* action(const MainWindow& window, const QString& text) {
    for (QAction* action : window.findChildren<QAction*>()) {
      if (action->text() == text) {
        return action;
      }
    }
    return nullptr;
  }
  static WhatIf with_chunk(std::int64_t chunk) {
    return shaped("full", {.prompt = 1000, .chunk = chunk, .output = 24});
  }

  const QLocale before_;
};

TEST_F(LanguageTest, CodesAreThoseOfTheFlag) {
  for (const Language language : {Language::kSystem, Language::kEnglish, Language::kChinese}) {
    EXPECT_EQ(language_from(to_text(language)), language);
  }
  EXPECT_EQ(language_from(QStringLiteral("tlh")), Language::kSystem);
}

TEST_F(LanguageTest, TheLocaleFollows) {
  apply_language(Language::kEnglish);
  EXPECT_EQ(QLocale().language(), QLocale::English);
  if (!is_available(Language::kChinese)) {
    GTEST_SKIP() << "built without Qt's linguist tools";
  }
  apply_language(Language::kChinese);
  EXPECT_EQ(QLocale().name(), QStringLiteral("zh_CN"));  // by which lessons are chosen
}

TEST_F(LanguageTest, AnotherLanguageKeepsTheWork) {
  Program program;
  program.window().show();
  Workspace& workspace = program.workspace();
  workspace.open(with_chunk(100));
  ASSERT_TRUE(settled(workspace));
  workspace.pin();
  workspace.edit(with_chunk(200), QStringLiteral("chunk"));
  workspace.end_edit();
  workspace.edit(with_chunk(250), QStringLiteral("chunk"));
  ASSERT_TRUE(settled(workspace));
  workspace.set_row(321);
  const OutcomePtr outcome = workspace.outcome();
  const QRect place = program.window().geometry();
  const QString title = program.window().windowTitle();
  MainWindow* const english = &program.window();

  QAction* chinese = action(program.window(), QStringLiteral("简体中文"));
  ASSERT_NE(chinese, nullptr);
  if (!chinese->isEnabled()) {
    GTEST_SKIP() << "built without Qt's linguist tools";
  }
  chinese->trigger();
  ASSERT_TRUE(wait_until([&] { return &program.window() != english; }));

  MainWindow& window = program.window();
  EXPECT_TRUE(window.isVisible());
  EXPECT_EQ(window.geometry(), place);
  EXPECT_EQ(window.windowTitle(), title);
  EXPECT_TRUE(window.isWindowModified());
  EXPECT_EQ(QSettings().value(QStringLiteral("language")).toString(), QStringLiteral("zh_CN"));
  EXPECT_TRUE(action(window, QStringLiteral("简体中文"))->isChecked());
  EXPECT_EQ(workspace.outcome(), outcome);
  EXPECT_EQ(workspace.row(), 321);
  ASSERT_EQ(workspace.pins().size(), 1U);
  EXPECT_EQ(workspace.pins()[0]->asked, with_chunk(100));
  workspace.undo_stack().undo();
  EXPECT_EQ(workspace.what_if(), with_chunk(200));
  workspace.undo_stack().undo();
  EXPECT_EQ(workspace.what_if(), with_chunk(100));
  workspace.undo_stack().redo();
  EXPECT_EQ(workspace.what_if(), with_chunk(200));
  workspace.undo_stack().setClean();
}

TEST_F(LanguageTest, AnotherLanguageKeepsTheFile) {
  QTemporaryDir folder;
  const QString file = folder.path() + QStringLiteral("/many.yaml");
  std::ofstream(file.toStdString())
      << "kvfoot: 1\nworkload: {shape: llama-3.1-8b, prompt: 1000, output: 8}\n"
         "chunk: [100, 200]\npolicy: full\n";
  Program program;
  program.window().open_file(file);
  ASSERT_TRUE(wait_until([&] { return !program.window().opening(); }));
  ASSERT_TRUE(settled(program.workspace()));
  program.set_language(Language::kChinese);
  EXPECT_TRUE(program.window().windowTitle().startsWith(QLatin1String("many.yaml")));
  EXPECT_FALSE(program.window().isWindowModified());
  EXPECT_FALSE(program.window().isVisible());  // as the one before
}

TEST_F(LanguageTest, AnOfferIsMadeUntilItIsAnswered) {
  {
    Program first;
    first.workspace().open(with_chunk(100));
    first.workspace().edit(with_chunk(200), QStringLiteral("chunk"));
    ASSERT_TRUE(settled(first.workspace()));
    first.window().close();  // not saved: offered at the next start
  }
  Program program;
  EXPECT_NE(program.window().messages().text(), QString());
  program.set_language(Language::kChinese);
  EXPECT_NE(program.window().messages().text(), QString());
  program.window().messages().buttons().front()->click();
  EXPECT_EQ(program.workspace().what_if(), with_chunk(200));
  program.set_language(Language::kEnglish);
  EXPECT_EQ(program.window().messages().text(), QString());
  program.workspace().undo_stack().setClean();
  program.window().close();
}

// Until they are closed or the same has succeeded, in any language.
TEST_F(LanguageTest, AnotherLanguageKeepsTheErrors) {
  Program program;
  Workspace& workspace = program.workspace();
  const auto bar = [&]() -> MessageBar& { return program.window().messages(); };
  workspace.open(with_chunk(100));
  ASSERT_TRUE(settled(workspace));
  EXPECT_FALSE(program.window().save_to(QStringLiteral("/no/such/folder/mine.yaml")));
  const QString action = bar().text();
  program.set_language(Language::kChinese);
  EXPECT_EQ(bar().text(), action);
  ASSERT_EQ(bar().buttons().size(), 1U);  // closes it, and says so in the language
  WhatIf broken = with_chunk(100);
  broken.trace = "missing.h5";
  workspace.edit(broken, QStringLiteral("trace"));
  ASSERT_TRUE(wait_until([&] { return !workspace.busy(); }));
  const QString replay = bar().text();
  ASSERT_TRUE(replay.contains(QLatin1String("missing.h5")));
  program.set_language(Language::kEnglish);
  EXPECT_EQ(bar().text(), replay);
  EXPECT_EQ(bar().buttons().front()->text(), QStringLiteral("Close"));
  bar().buttons().front()->click();
  EXPECT_EQ(bar().text(), action);
  // What the reader has closed does not come back, nor do notes, whose buttons are of a window.
  program.set_language(Language::kChinese);
  EXPECT_EQ(bar().text(), action);
  bar().show_message(MessageBar::Kind::kNote, QStringLiteral("note"), {},
                     MessageBar::Source::kReplay);
  program.set_language(Language::kEnglish);
  EXPECT_EQ(bar().text(), action);
  workspace.undo_stack().setClean();
}

TEST_F(LanguageTest, ALessonGoesOnWhereItWas) {
  if (!is_available(Language::kChinese)) {
    GTEST_SKIP() << "built without Qt's linguist tools";
  }
  Program program;
  program.window().show();
  const auto panel = [&] { return program.window().findChild<LessonPanel*>(); };
  program.set_language(Language::kChinese);
  EXPECT_FALSE(panel()->findChild<LessonPage*>()->isVisibleTo(panel()));  // none was open
  program.set_language(Language::kEnglish);
  program.window().look_at(QStringLiteral("lessons"));
  ASSERT_TRUE(panel()->open(QStringLiteral("rent:3")));
  program.set_language(Language::kChinese);
  auto* page = panel()->findChild<LessonPage*>();
  EXPECT_TRUE(page->isVisible());
  EXPECT_EQ(page->step(), 2U);
  EXPECT_EQ(page->lesson().title, "租金等于内存乘以时间");
}

TEST_F(LanguageTest, LeavingALessonInAnotherLanguageFindsRowKeyAndStream) {
  Program program;
  program.window().show();
  Workspace& workspace = program.workspace();
  workspace.open(with_chunk(100));
  ASSERT_TRUE(settled(workspace));
  workspace.set_row(500);
  workspace.set_key(7);
  workspace.set_stream({3, 2});
  ASSERT_TRUE(program.window().open_lesson(QStringLiteral("rent:4")));
  ASSERT_TRUE(settled(workspace));
  ASSERT_NE(workspace.what_if(), with_chunk(100));
  program.set_language(Language::kChinese);
  ASSERT_TRUE(settled(workspace));
  EXPECT_NE(workspace.what_if(), with_chunk(100));
  program.window().findChild<LessonPanel*>()->show_list();
  EXPECT_EQ(workspace.what_if(), with_chunk(100));
  ASSERT_TRUE(settled(workspace));
  EXPECT_EQ(workspace.row(), 500);
  EXPECT_EQ(workspace.key(), 7);
  EXPECT_EQ(workspace.stream(), (StreamChoice{3, 2}));
  EXPECT_TRUE(workspace.pins().empty());
  EXPECT_TRUE(workspace.undo_stack().isClean());
}

TEST_F(LanguageTest, QtsOwnTextsFollow) {
  const QString folder = QLibraryInfo::path(QLibraryInfo::TranslationsPath);
  if (!is_available(Language::kChinese) || !QFile::exists(folder + "/qtbase_zh_CN.qm")) {
    GTEST_SKIP() << "without Qt's own translations";
  }
  apply_language(Language::kChinese);
  EXPECT_EQ(QCoreApplication::translate("QPlatformTheme", "Cancel"), QStringLiteral("取消"));
  apply_language(Language::kEnglish);
  EXPECT_EQ(QCoreApplication::translate("QPlatformTheme", "Cancel"), QStringLiteral("Cancel"));
}

}  // namespace
}  // namespace kvfoot::gui
