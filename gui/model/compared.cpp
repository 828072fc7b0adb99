// Which scenarios, and what tells them apart.
#include "gui/model/compared.hpp"

#include <QCoreApplication>
#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <set>
#include <string_view>
#include <utility>

namespace kvfoot::gui {
namespace {

enum class Speech : std::uint8_t { kWindow, kEnglish };

// `english` stands in QT_TRANSLATE_NOOP("Compared", ...).
QString words(Speech speech, const char* english) {
  return speech == Speech::kEnglish ? QString::fromUtf8(english)
                                    : QCoreApplication::translate("Compared", english);
}
std::string said(Speech speech, const char* english) {
  return words(speech, english).toStdString();
}
std::string said(Speech speech, const char* english, const std::string& place) {
  return words(speech, english).arg(QString::fromStdString(place)).toStdString();
}

std::string flow_words(const RunInputs& in, Speech speech) {
  return in.run.last_prompt_token == LastPromptToken::kDecode
             ? said(speech, QT_TRANSLATE_NOOP("Compared", "last prompt token decoded"))
             : said(speech, QT_TRANSLATE_NOOP("Compared", "last prompt token prefilled"));
}

// Inputs beside the policy, each in words that stand alone.
using Words = std::string (*)(const RunInputs&, Speech);
constexpr Words kInputs[] = {
    [](const RunInputs& in, Speech) {
      return in.trace.empty() ? in.shape.name : std::filesystem::path(in.trace).filename().string();
    },
    [](const RunInputs& in, Speech speech) {
      return said(speech, QT_TRANSLATE_NOOP("Compared", "prompt %1"),
                  std::to_string(in.run.prompt));
    },
    [](const RunInputs& in, Speech speech) {
      return said(speech, QT_TRANSLATE_NOOP("Compared", "output %1"),
                  std::to_string(in.run.output));
    },
    [](const RunInputs& in, Speech speech) {
      return said(speech, QT_TRANSLATE_NOOP("Compared", "chunk %1"), chunk_text(in.run));
    },
    [](const RunInputs& in, Speech speech) { return flow_words(in, speech); },
    [](const RunInputs& in, Speech speech) {
      return said(speech, QT_TRANSLATE_NOOP("Compared", "%1 accounting"),
                  std::string(to_string(in.accounting)));
    },
    [](const RunInputs& in, Speech speech) {
      return said(speech, QT_TRANSLATE_NOOP("Compared", "batch %1"), std::to_string(in.batch));
    },
    [](const RunInputs& in, Speech speech) {
      return said(speech, QT_TRANSLATE_NOOP("Compared", "pages of %1"),
                  std::to_string(in.block_size));
    },
    [](const RunInputs& in, Speech) { return std::string(to_string(in.kv_dtype)); },
    [](const RunInputs& in, Speech speech) {
      return in.layout.quant == KvQuant{} ? said(speech, QT_TRANSLATE_NOOP("Compared", "plain KV"))
                                          : to_string(in.layout.quant);
    },
    [](const RunInputs& in, Speech speech) {
      return in.layout.index == KvIndex{} ? said(speech, QT_TRANSLATE_NOOP("Compared", "no index"))
                                          : to_string(in.layout.index);
    },
    [](const RunInputs& in, Speech) { return std::string(to_string(in.layout.alloc)); },
    [](const RunInputs& in, Speech speech) {
      return said(speech, QT_TRANSLATE_NOOP("Compared", "%1 copies"),
                  std::string(to_string(in.layout.copies)));
    },
    [](const RunInputs& in, Speech speech) {
      return in.device_model.empty()
                 ? said(speech, QT_TRANSLATE_NOOP("Compared", "no device"))
                 : said(speech, QT_TRANSLATE_NOOP("Compared", "on %1"), in.device_model);
    },
    [](const RunInputs& in, Speech speech) {
      return in.device_model.empty() ? std::string()
                                     : said(speech, QT_TRANSLATE_NOOP("Compared", "%1 weights"),
                                            std::string(to_string(in.weight_dtype)));
    },
    [](const RunInputs& in, Speech speech) {
      return in.device_model.empty() ? std::string()
                                     : said(speech, QT_TRANSLATE_NOOP("Compared", "logits %1"),
                                            std::string(to_string(in.logits)));
    },
    [](const RunInputs& in, Speech speech) {
      return said(speech, QT_TRANSLATE_NOOP("Compared", "seed %1"), std::to_string(in.seed));
    },
};

// "snapkv:", "sparsity=0.7,", "window=64 · ", "chunk 64": joined they are the name.
std::vector<std::string> pieces_of(std::string_view name) {
  constexpr std::string_view kDot = " · ";
  std::vector<std::string> pieces(1);
  for (std::size_t i = 0; i < name.size(); ++i) {
    const bool dot = name.substr(i).starts_with(kDot);
    const std::size_t length = dot ? kDot.size() : 1;
    pieces.back() += name.substr(i, length);
    i += length - 1;
    if ((dot || name[i] == ':' || name[i] == ',') && i + 1 < name.size()) {
      pieces.emplace_back();
    }
  }
  return pieces;
}

// Without what led on to the next piece.
std::string ended(std::string text) {
  while (!text.empty() && (text.ends_with(" · ") || text.ends_with(':') || text.ends_with(','))) {
    text.erase(text.size() - (text.ends_with(" · ") ? std::string_view(" · ").size() : 1));
  }
  return text;
}

// How many pieces all of them share, counted from the front; at most `most`.
template <class At>
std::size_t shared(std::span<const std::vector<std::string>> all, std::size_t most, At at) {
  std::size_t count = 0;
  while (count < most && std::ranges::all_of(
                             all,
                             [&](const std::vector<std::string>& pieces) {
                               return at(pieces, count) == at(all.front(), count);
                             })) {
    ++count;
  }
  return count;
}

std::string joined(std::span<const std::string> pieces) {
  std::string text;
  for (const std::string& piece : pieces) {
    text += piece;
  }
  return ended(std::move(text));
}

}  // namespace

ShortNames short_names(std::span<const Compared> scenarios) {
  std::vector<std::vector<std::string>> all;
  std::size_t most = scenarios.size() < 2 ? 0 : std::string::npos;
  for (const Compared& scenario : scenarios) {
    all.push_back(pieces_of(scenario.name()));
    most = std::min(most, all.back().size() - 1);
  }
  ShortNames result;
  using Pieces = std::vector<std::string>;
  const std::size_t head =
      shared(all, most, [](const Pieces& pieces, std::size_t i) { return pieces[i]; });
  const std::size_t tail = shared(all, most - head, [](const Pieces& pieces, std::size_t i) {
    return ended(pieces[pieces.size() - 1 - i]);
  });
  for (const Pieces& pieces : all) {
    const std::span<const std::string> whole(pieces);
    result.before = joined(whole.first(head));
    result.names.push_back(joined(whole.subspan(head, pieces.size() - head - tail)));
  }
  // "sparsity=0.7", "sparsity=0.4": the values alone.
  const std::string_view first = result.names.empty() ? std::string_view() : result.names.front();
  const std::string key(first.substr(0, first.find('=') + 1));
  const bool one_key =
      head > 0 && !key.empty() && std::ranges::all_of(result.names, [&](const std::string& name) {
        return name.starts_with(key) && pieces_of(name).size() == 1;
      });
  if (one_key) {
    result.before = joined(std::span(all.front()).first(head + 1));
    result.before.resize(result.before.rfind('='));
    for (std::string& name : result.names) {
      name.erase(0, key.size());
    }
  }
  return result;
}

void name_apart(std::span<Compared> scenarios) {
  const auto add = [](std::string& details, const std::string& text) {
    details += (details.empty() ? "" : " · ") + text;
  };
  for (Compared& scenario : scenarios) {
    scenario.policy = short_spec(scenario.outcome->result.inputs);
    scenario.details.clear();
    scenario.english.clear();
  }
  for (const Words words : kInputs) {
    std::set<std::string> values;
    for (const Compared& scenario : scenarios) {
      values.insert(words(scenario.outcome->result.inputs, Speech::kEnglish));
    }
    values.erase("");  // what does not apply tells nothing apart
    for (Compared& scenario : scenarios) {
      const RunInputs& in = scenario.outcome->result.inputs;
      const std::string text = words(in, Speech::kEnglish);
      if (values.size() > 1 && !text.empty()) {
        add(scenario.english, text);
        add(scenario.details, words(in, Speech::kWindow));
      }
    }
  }
  // The same scenario twice: a file that has changed in between.
  std::multiset<std::string> known;
  for (Compared& scenario : scenarios) {
    const std::string name = scenario.name_in_files();
    known.insert(name);
    if (known.count(name) > 1) {
      const std::string number = "(" + std::to_string(known.count(name)) + ")";
      add(scenario.english, number);
      add(scenario.details, number);
    }
  }
}

std::vector<Compared> compared_scenarios(const Workspace& workspace) {
  std::vector<Compared> scenarios;
  const OutcomePtr& current = workspace.outcome();
  const auto& pins = workspace.pins();
  std::optional<std::size_t> same;
  for (std::size_t i = pins.size(); current != nullptr && i-- > 0;) {
    same = same_outcome(*pins[i], *current) ? i : same;
  }
  if (current != nullptr) {
    scenarios.push_back({same ? pins[*same] : current, same, !workspace.stale(), 0, {}, {}});
  }
  for (std::size_t i = 0; i < pins.size(); ++i) {
    if (i != same) {
      scenarios.push_back({pins[i], i, false, i + 1, {}, {}});
    }
  }
  name_apart(scenarios);
  return scenarios;
}

}  // namespace kvfoot::gui
