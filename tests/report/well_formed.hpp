// A small judge of markup that is XML: tags nest, attributes are quoted, entities are known.
#pragma once

#include <cctype>
#include <string>
#include <string_view>
#include <vector>

namespace kvfoot {

// What is wrong, with its place; empty: nothing.
inline std::string markup_fault(std::string_view page) {
  std::vector<std::string> open;
  const auto fault = [&](std::string_view what, std::size_t at) {
    return std::string(what) + " at '" + std::string(page.substr(at, 60)) + "'";
  };
  std::size_t i = 0;
  if (page.starts_with("<!DOCTYPE html>")) {
    i = 15;
  }
  while (i < page.size()) {
    const char c = page[i];
    if (c == '&') {
      const std::size_t end = page.find(';', i);
      const std::string_view name =
          end == std::string_view::npos ? "" : page.substr(i + 1, end - i - 1);
      if (name != "amp" && name != "lt" && name != "gt" && name != "quot" && name != "#39") {
        return fault("unknown entity", i);
      }
      i = end + 1;
      continue;
    }
    if (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t') {
      return fault("control character", i);
    }
    if (c == '>') {
      return fault("stray '>'", i);
    }
    if (c != '<') {
      ++i;
      continue;
    }
    const std::size_t begin = i++;
    const bool closing = i < page.size() && page[i] == '/';
    i += closing ? 1 : 0;
    std::string name;
    while (i < page.size() && (std::isalnum(static_cast<unsigned char>(page[i])) != 0)) {
      name += page[i++];
    }
    if (name.empty()) {
      return fault("'<' without a name", begin);
    }
    bool empty_element = false;
    while (i < page.size() && page[i] != '>') {
      if (page[i] == '"') {
        const std::size_t end = page.find('"', i + 1);
        if (page[i - 1] != '=' || end == std::string_view::npos ||
            page.substr(i, end - i).find('<') != std::string_view::npos) {
          return fault("bad attribute", begin);
        }
        i = end + 1;
        continue;
      }
      if (page[i] == '<' || page[i] == '\'') {
        return fault("bad tag", begin);
      }
      empty_element = page[i] == '/';
      ++i;
    }
    if (i == page.size()) {
      return fault("unfinished tag", begin);
    }
    ++i;
    if (closing) {
      if (open.empty() || open.back() != name) {
        return fault("'</" + name + ">' closes nothing", begin);
      }
      open.pop_back();
    } else if (!empty_element) {
      open.push_back(name);
    }
    if (!closing && name == "style") {  // its text has other rules; ours has no '<' and no '&'
      i = page.find('<', i);
    }
  }
  return open.empty() ? "" : "'" + open.back() + "' is not closed";
}

}  // namespace kvfoot
