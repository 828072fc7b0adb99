// How --help looks.
#pragma once

#include <memory>

namespace CLI {
class FormatterBase;
}

namespace kvfoot::cli {

// Values by what they are (N, X, TEXT, a list of words), defaults and duties after the description,
// groups of which one option is required as a sentence. To be set before commands are added.
[[nodiscard]] std::shared_ptr<CLI::FormatterBase> help_formatter();

}  // namespace kvfoot::cli
