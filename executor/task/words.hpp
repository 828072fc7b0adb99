// Words, names and filler sentences of the task texts, all drawn from a task::Random.
#pragma once

#include <cstddef>
#include <string>

#include "executor/task/random.hpp"

namespace kvfoot::task {

// A plain sentence without digits, ending in ". ": "The quiet river follows the old road slowly. ".
std::string filler_sentence(Random& random);

// Sentences cut to exactly `bytes` bytes (the last word may be cut).
std::string filler_text(Random& random, std::size_t bytes);

// A common noun, lower case.
std::string filler_word(Random& random);

// A made-up word of two syllables such as "belkor"; about 10^5 different ones.
std::string made_up_word(Random& random);

// The same, capitalised: the name of a place.
std::string place_name(Random& random);

// `count` lower-case letters.
std::string random_letters(Random& random, std::size_t count);

// `count` digits; the first may be zero.
std::string random_digits(Random& random, std::size_t count);

// `count` digits, the first not zero: a number in JSON.
std::string random_number(Random& random, std::size_t count);

}  // namespace kvfoot::task
