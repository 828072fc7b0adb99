// Sums over streams, block of positions by block of positions.
#include "gui/model/token_lives.hpp"

#include <algorithm>
#include <utility>

namespace kvfoot::gui {
namespace {

constexpr std::int64_t kBlock = 1024;  // positions; a thousand streams of them take a millisecond

std::size_t index(std::int64_t value) { return static_cast<std::size_t>(value); }

}  // namespace

TokenLives::TokenLives(std::shared_ptr<const StreamLives> lives, StreamChoice stream)
    : lives_(std::move(lives)),
      stream_(stream),
      streams_(stream.all() ? lives_->layers() * lives_->heads() : 1) {
  const std::int64_t rows = lives_->run().rows();
  const std::size_t blocks = index((rows + kBlock - 1) / kBlock);
  lived_.resize(index(rows));
  resident_.resize(index(rows));
  has_lived_.resize(blocks);
  resident_row_.assign(blocks, -1);
}

template <class Visit>
void TokenLives::each_stream(const Visit& visit) const {
  if (!stream_.all()) {
    visit(lives_->evicted_at(stream_.layer, stream_.head));
    return;
  }
  for (std::int32_t layer = 0; layer < lives_->layers(); ++layer) {
    for (std::int32_t head = 0; head < lives_->heads(); ++head) {
      visit(lives_->evicted_at(layer, head));
    }
  }
}

void TokenLives::need_lived(std::int64_t block) {
  if (has_lived_[index(block)] != 0) {
    return;
  }
  has_lived_[index(block)] = 1;
  const std::int64_t begin = block * kBlock;
  const std::int64_t end = std::min(begin + kBlock, lives_->run().rows());
  each_stream([&](const std::vector<std::int32_t>& evicted_at) {
    for (std::int64_t key = begin; key < end; ++key) {
      lived_[index(key)] += evicted_at[index(key)] - key;
    }
  });
}

void TokenLives::need_resident(std::int64_t block, std::int64_t row) {
  if (resident_row_[index(block)] == row) {
    return;
  }
  resident_row_[index(block)] = row;
  const std::int64_t begin = block * kBlock;
  const std::int64_t end = std::min(begin + kBlock, lives_->run().rows());
  std::fill(resident_.begin() + begin, resident_.begin() + end, 0);
  const std::int64_t seen = std::min(end, row + 1);
  each_stream([&](const std::vector<std::int32_t>& evicted_at) {
    for (std::int64_t key = begin; key < seen; ++key) {
      resident_[index(key)] += evicted_at[index(key)] > row ? 1 : 0;
    }
  });
}

double TokenLives::lived_rows(std::int64_t position) {
  need_lived(position / kBlock);
  return static_cast<double>(lived_[index(position)]) / streams_;
}

double TokenLives::lived_share(std::int64_t position) {
  return lived_rows(position) / static_cast<double>(rows() - position);
}

std::int32_t TokenLives::resident(std::int64_t position, std::int64_t row) {
  need_resident(position / kBlock, row);
  return resident_[index(position)];
}

}  // namespace kvfoot::gui
