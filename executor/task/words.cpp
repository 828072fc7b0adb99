// Word pools and the small grammar of the filler sentences.
#include "executor/task/words.hpp"

#include <array>
#include <iterator>

namespace kvfoot::task {
namespace {

constexpr std::array kAdjectives = {"old",     "quiet",   "bright", "narrow", "heavy",   "early",
                                    "green",   "distant", "broken", "warm",   "hollow",  "plain",
                                    "patient", "rusty",   "steep",  "gentle", "pale",    "busy",
                                    "cold",    "wide",    "silver", "empty",  "crooked", "young",
                                    "dusty",   "calm",    "tall",   "muddy",  "round",   "slow"};
constexpr std::array kNouns = {
    "river",  "bridge",  "garden", "lantern", "market", "window",  "farmer",  "harbor",  "forest",
    "letter", "teacher", "road",   "kettle",  "valley", "painter", "orchard", "tower",   "basket",
    "cloud",  "sailor",  "mill",   "blanket", "stone",  "engine",  "meadow",  "baker",   "island",
    "mirror", "station", "ladder", "fiddle",  "wagon",  "pigeon",  "cellar",  "miner",   "fence",
    "candle", "village", "doctor", "hammer",  "pond",   "library", "chimney", "neighbor"};
constexpr std::array kVerbs = {"follows",  "crosses", "watches", "repairs", "remembers", "leaves",
                               "carries",  "finds",   "paints",  "passes",  "guards",    "visits",
                               "measures", "borrows", "hides",   "opens",   "greets",    "draws"};
constexpr std::array kAdverbs = {"slowly", "again", "today",   "often", "gladly",   "in silence",
                                 "twice",  "early", "at dusk", "late",  "by train", "in spring"};
constexpr std::array kOnsets = {"b", "d", "f", "g", "h",  "k",  "l",  "m",  "n",  "p",  "r",
                                "s", "t", "v", "w", "br", "dr", "gr", "kl", "pl", "st", "tr"};
constexpr std::array kVowels = {"a", "e", "i", "o", "u"};
constexpr std::array kCodas = {"", "l", "m", "n", "r", "s", "t", "k"};

template <class Pool>
const char* pick(const Pool& pool, Random& random) {
  return pool[random.below(static_cast<std::uint32_t>(std::size(pool)))];
}

}  // namespace

std::string filler_sentence(Random& random) {
  std::string text = "The ";
  text += pick(kAdjectives, random);
  text += ' ';
  text += pick(kNouns, random);
  text += ' ';
  text += pick(kVerbs, random);
  text += " the ";
  if (random.chance(50)) {
    text += pick(kAdjectives, random);
    text += ' ';
  }
  text += pick(kNouns, random);
  if (random.chance(50)) {
    text += ' ';
    text += pick(kAdverbs, random);
  }
  text += ". ";
  return text;
}

std::string filler_text(Random& random, std::size_t bytes) {
  std::string text;
  while (text.size() < bytes) {
    text += filler_sentence(random);
  }
  text.resize(bytes);
  return text;
}

std::string filler_word(Random& random) { return pick(kNouns, random); }

std::string made_up_word(Random& random) {
  std::string word;
  for (int syllable = 0; syllable < 2; ++syllable) {
    word += pick(kOnsets, random);
    word += pick(kVowels, random);
    word += pick(kCodas, random);
  }
  return word;
}

std::string place_name(Random& random) {
  std::string name = made_up_word(random);
  name[0] = static_cast<char>(name[0] - 'a' + 'A');
  return name;
}

std::string random_letters(Random& random, std::size_t count) {
  std::string text(count, 'a');
  for (char& c : text) {
    c = static_cast<char>('a' + random.below(26));
  }
  return text;
}

std::string random_digits(Random& random, std::size_t count) {
  std::string text(count, '0');
  for (char& c : text) {
    c = static_cast<char>('0' + random.below(10));
  }
  return text;
}

std::string random_number(Random& random, std::size_t count) {
  std::string text = random_digits(random, count);
  text[0] = static_cast<char>('1' + random.below(9));
  return text;
}

}  // namespace kvfoot::task
