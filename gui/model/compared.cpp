// Which scenarios, and what tells them apart.
#include "gui/model/compared.hpp"

#include <QCoreApplication>
#include <algorithm>
#include <filesystem>
#include <set>

#include "sim/report/metric_table.hpp"

namespace kvfoot::gui {
namespace {

bool same_outcome(const Outcome& a, const Outcome& b) {
  return a.asked == b.asked && std::ranges::all_of(metric_table(), [&](const MetricInfo& metric) {
           return metric.get(a.result.metrics) == metric.get(b.result.metrics);
         });
}

// `english` stands in QT_TRANSLATE_NOOP("Compared", ...).
std::string said(const char* english) {
  return QCoreApplication::translate("Compared", english).toStdString();
}
std::string said(const char* english, const std::string& place) {
  return QCoreApplication::translate("Compared", english)
      .arg(QString::fromStdString(place))
      .toStdString();
}

std::string flow_words(const RunInputs& in) {
  return in.run.last_prompt_token == LastPromptToken::kDecode
             ? said(QT_TRANSLATE_NOOP("Compared", "last prompt token decoded"))
             : said(QT_TRANSLATE_NOOP("Compared", "last prompt token prefilled"));
}

// Inputs beside the policy, each in words that stand alone.
using Words = std::string (*)(const RunInputs&);
constexpr Words kInputs[] = {
    [](const RunInputs& in) {
      return in.trace.empty() ? in.shape.name : std::filesystem::path(in.trace).filename().string();
    },
    [](const RunInputs& in) {
      return said(QT_TRANSLATE_NOOP("Compared", "prompt %1"), std::to_string(in.run.prompt));
    },
    [](const RunInputs& in) {
      return said(QT_TRANSLATE_NOOP("Compared", "output %1"), std::to_string(in.run.output));
    },
    [](const RunInputs& in) {
      return said(QT_TRANSLATE_NOOP("Compared", "chunk %1"), chunk_text(in.run));
    },
    [](const RunInputs& in) { return flow_words(in); },
    [](const RunInputs& in) {
      return said(QT_TRANSLATE_NOOP("Compared", "%1 accounting"),
                  std::string(to_string(in.accounting)));
    },
    [](const RunInputs& in) {
      return said(QT_TRANSLATE_NOOP("Compared", "batch %1"), std::to_string(in.batch));
    },
    [](const RunInputs& in) {
      return said(QT_TRANSLATE_NOOP("Compared", "pages of %1"), std::to_string(in.block_size));
    },
    [](const RunInputs& in) { return std::string(to_string(in.kv_dtype)); },
    [](const RunInputs& in) {
      return in.layout.quant == KvQuant{} ? said(QT_TRANSLATE_NOOP("Compared", "plain KV"))
                                          : to_string(in.layout.quant);
    },
    [](const RunInputs& in) {
      return in.layout.index == KvIndex{} ? said(QT_TRANSLATE_NOOP("Compared", "no index"))
                                          : to_string(in.layout.index);
    },
    [](const RunInputs& in) { return std::string(to_string(in.layout.alloc)); },
    [](const RunInputs& in) {
      return said(QT_TRANSLATE_NOOP("Compared", "%1 copies"),
                  std::string(to_string(in.layout.copies)));
    },
    [](const RunInputs& in) {
      return in.device_model.empty()
                 ? said(QT_TRANSLATE_NOOP("Compared", "no device"))
                 : said(QT_TRANSLATE_NOOP("Compared", "on %1"), in.device_model);
    },
    [](const RunInputs& in) {
      return in.device_model.empty() ? std::string()
                                     : said(QT_TRANSLATE_NOOP("Compared", "%1 weights"),
                                            std::string(to_string(in.weight_dtype)));
    },
    [](const RunInputs& in) {
      return in.device_model.empty() ? std::string()
                                     : said(QT_TRANSLATE_NOOP("Compared", "logits %1"),
                                            std::string(to_string(in.logits)));
    },
    [](const RunInputs& in) {
      return said(QT_TRANSLATE_NOOP("Compared", "seed %1"), std::to_string(in.seed));
    },
};

}  // namespace

void name_apart(std::span<Compared> scenarios) {
  for (Compared& scenario : scenarios) {
    scenario.policy = short_spec(scenario.outcome->result.inputs);
    scenario.details.clear();
  }
  for (const Words words : kInputs) {
    std::set<std::string> values;
    for (const Compared& scenario : scenarios) {
      values.insert(words(scenario.outcome->result.inputs));
    }
    values.erase("");  // what does not apply tells nothing apart
    for (Compared& scenario : scenarios) {
      const std::string text = words(scenario.outcome->result.inputs);
      if (values.size() > 1 && !text.empty()) {
        scenario.details += (scenario.details.empty() ? "" : " · ") + text;
      }
    }
  }
  // The same scenario twice: a file that has changed in between.
  std::multiset<std::string> known;
  for (Compared& scenario : scenarios) {
    const std::string name = scenario.name();
    known.insert(name);
    if (known.count(name) > 1) {
      scenario.details +=
          (scenario.details.empty() ? "(" : " · (") + std::to_string(known.count(name)) + ")";
    }
  }
}

std::vector<Compared> compared_scenarios(const Workspace& workspace) {
  std::vector<Compared> scenarios;
  const OutcomePtr& current = workspace.outcome();
  bool found = false;
  for (std::size_t i = 0; i < workspace.pins().size(); ++i) {
    const OutcomePtr& pin = workspace.pins()[i];
    const bool is_current = !found && current != nullptr && same_outcome(*pin, *current);
    found = found || is_current;
    scenarios.push_back({pin, i, is_current, {}, {}});
  }
  if (current != nullptr && !found) {
    scenarios.push_back({current, std::nullopt, true, {}, {}});
  }
  name_apart(scenarios);
  return scenarios;
}

}  // namespace kvfoot::gui
