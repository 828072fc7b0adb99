// The fixed wording of the tasks, shared by the generators and by the trainer's drills, so that a
// model is asked in the very words it was trained on.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace kvfoot::task::frame {

inline std::string concat(std::initializer_list<std::string_view> parts) {
  std::string text;
  for (const std::string_view part : parts) {
    text += part;
  }
  return text;
}

// niah: the needle and the end of the prompt. The prompt ends where the value begins, without the
// blank, because a byte-pair vocabulary joins or splits blanks and digits in its own way.
inline std::string needle(std::string_view place, std::string_view value) {
  return concat({"The secret passcode of ", place, " is ", value, ". "});
}
inline std::string needle_question(std::string_view place) {
  return concat({"\nQuestion: What is the secret passcode of ", place,
                 "?\nAnswer: The secret passcode of ", place, " is"});
}
inline std::string needle_reply(std::string_view value) { return concat({" ", value, "."}); }

// kv: "ab=123 " between filler words.
inline std::string pair(std::string_view key, std::string_view value) {
  return concat({key, "=", value, " "});
}
inline std::string pair_question(std::string_view key) { return concat({"\nAnswer: ", key, "="}); }

// json_kv: {"ab":123,"cd":456} and a one-member object as the answer.
inline std::string member(std::string_view key, std::string_view value) {
  return concat({"\"", key, "\":", value});
}
inline std::string member_question(std::string_view key) {
  return concat({"\nAnswer: {\"", key, "\":"});
}
inline std::string member_reply(std::string_view value) { return concat({value, "}"}); }

// icl: one labelled text per line.
inline std::string labelled(std::string_view text, std::string_view label) {
  return concat({text, ": ", label, "\n"});
}

inline constexpr std::string_view kCopyText = "Text: ";
inline constexpr std::string_view kCopyStart = "\nCopy:";

}  // namespace kvfoot::task::frame
