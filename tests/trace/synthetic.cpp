// A seeded stand-in for a model, and runs of it.
#include "tests/trace/synthetic.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <thread>

#include "sim/cache/driver.hpp"
#include "sim/core/hash.hpp"
#include "sim/core/pooling.hpp"
#include "sim/policy/descriptor.hpp"
#include "sim/trace/writer.hpp"

namespace kvfoot::testing_trace {
namespace {

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

}  // namespace

ModelShape small_shape() {
  ModelShape shape;
  shape.name = "synthetic";
  shape.layers = 2;
  shape.q_heads = 4;
  shape.kv_heads = 2;
  shape.head_dim = 8;
  shape.hidden = 32;
  shape.ffn = 64;
  shape.vocab = 256;
  return shape;
}

float SyntheticModel::row(std::int32_t layer, std::int32_t q_head, std::int32_t token,
                          TokenPos position, std::span<const TokenPos> keys,
                          std::vector<float>& mass) const {
  const std::uint64_t head_hash = hash_words(seed, layer, q_head);
  const double reach = 4.0 + 60.0 * unit_interval(head_hash);
  std::vector<double> logit(keys.size());
  double largest = -1e300;
  for (std::size_t j = 0; j < keys.size(); ++j) {
    const double noise = unit_interval(hash_words(head_hash, token, position, keys[j]));
    const double taste = unit_interval(hash_words(head_hash, keys[j]));
    logit[j] = 2.0 * noise + 2.0 * taste - static_cast<double>(position - keys[j]) / reach;
    logit[j] = std::max(logit[j], -6.0 + 2.0 * noise + 3.0 * taste);
    logit[j] += keys[j] == 0 ? 4.0 : 0.0;
    logit[j] += keys[j] % 37 == 11 ? 5.0 : 0.0;
    largest = std::max(largest, logit[j]);
  }
  double sum = 0;
  for (double& z : logit) {
    sum += std::exp(z - largest);
  }
  mass.resize(keys.size());
  for (std::size_t j = 0; j < keys.size(); ++j) {
    mass[j] = static_cast<float>(std::exp(logit[j] - largest) / sum);
  }
  return static_cast<float>(largest + std::log(sum));
}

float SyntheticModel::key_norm(std::int32_t layer, std::int32_t head, std::int32_t token,
                               TokenPos position) const {
  return static_cast<float>(1.0 + unit_interval(hash_words(seed, layer, head, token, position)));
}

std::vector<std::int32_t> run_tokens(const RunLengths& run) {
  std::vector<std::int32_t> tokens;
  for (std::int64_t i = 0; i < run.rows(); ++i) {
    tokens.push_back(static_cast<std::int32_t>(mix64(static_cast<std::uint64_t>(i)) % 256));
  }
  return tokens;
}

std::vector<std::int32_t> pass_tokens(const RunLengths& run, const Pass& pass) {
  const std::vector<std::int32_t> all = run_tokens(run);
  std::vector<std::int32_t> tokens(all.begin() + pass.begin, all.begin() + pass.end);
  const std::int64_t end = run.prefill_rows();
  tokens.insert(tokens.end(), all.begin() + (end - pass.patch_rows), all.begin() + end);
  return tokens;
}

LiveSource::LiveSource(const SyntheticModel& model, const RunLengths& run, Storage storage)
    : model_(model), run_(run) {
  heads_ = storage == Storage::kKvHeads ? model.shape.kv_heads : model.shape.q_heads;
  group_ = model.shape.q_heads / heads_;
  rows_.resize(at(model.shape.q_heads));
  lse_.resize(at(model.shape.q_heads));
  sums_.resize(at(std::int64_t{model.shape.layers} * model.shape.q_heads));
}

void LiveSource::begin_layer(const Pass& pass, std::int32_t layer,
                             std::span<const std::span<const TokenPos>> resident) {
  pass_ = pass;
  layer_ = layer;
  given_.clear();
  resident_.clear();
  for (const auto& list : resident) {
    resident_.emplace_back(list.begin(), list.end());
  }
  const std::vector<std::int32_t> tokens = pass_tokens(run_, pass);
  for (std::int32_t q = 0; q < model_.shape.q_heads; ++q) {
    const std::vector<TokenPos>& list = resident_[at(q / group_)];
    std::vector<float>& sum = sums_[at(layer * model_.shape.q_heads + q)];
    sum.resize(list.size(), 0.0F);
    rows_[at(q)].resize(at(pass.forward_rows()));
    lse_[at(q)].resize(at(pass.forward_rows()));
    for (std::int64_t r = 0; r < pass.forward_rows(); ++r) {
      std::vector<float>& mass = rows_[at(q)][at(r)];
      const auto seen = std::span(list).first(list.size() - at(pass.forward_rows()) + at(r) + 1);
      lse_[at(q)][at(r)] =
          model_.row(layer, q, tokens[at(r)], static_cast<TokenPos>(pass.begin + r), seen, mass);
      if (r < pass.rows()) {
        add_row(mass, std::span(sum).first(mass.size()));
      }
    }
  }
}

const std::vector<float>& LiveSource::row(std::int32_t q_head, std::int64_t r) const {
  return rows_[at(q_head)][at(r)];
}
float LiveSource::log_sum_exp(std::int32_t q_head, std::int64_t r) const {
  return lse_[at(q_head)][at(r)];
}

Result<std::span<const float>> LiveSource::answer(const AttentionQuery& query, std::int32_t head) {
  const std::vector<TokenPos>& list = resident_[at(head)];
  const std::int64_t rows = pass_.forward_rows();
  auto out = std::make_unique<std::vector<float>>();
  if (query.kind == AttentionQuery::Kind::kKeyNorm) {
    const std::vector<std::int32_t> all = run_tokens(run_);
    const std::vector<std::int32_t> own = pass_tokens(run_, pass_);
    for (const TokenPos p : list) {
      const std::int32_t token = p < pass_.begin ? all[at(p)] : own[at(p - pass_.begin)];
      out->push_back(
          model_.key_norm(layer_, group_ > 1 ? head : head / model_.shape.group(), token, p));
    }
  } else if (query.kind == AttentionQuery::Kind::kWindowMass) {
    const bool own = query.scope == AttentionQuery::Scope::kPass;
    const std::int64_t first = own ? static_cast<std::int64_t>(list.size()) - rows : 0;
    const std::int64_t voters = std::min<std::int64_t>(query.window, rows);
    const auto candidates = at(static_cast<std::int64_t>(list.size()) - first - voters);
    out->assign(candidates, 0.0F);
    for (std::int32_t q = head * group_; q < (head + 1) * group_; ++q) {
      std::vector<float> raw(candidates, 0.0F);
      for (std::int64_t r = rows - voters; r < rows; ++r) {
        std::vector<float> mass(row(q, r).begin() + first, row(q, r).end());
        if (first > 0) {
          renormalise(mass);
        }
        add_row(std::span<const float>(mass).first(candidates), raw);
      }
      add_pooled(raw, query, *out);
    }
    divide_by(*out, group_);
  } else {
    out->assign(list.size(), 0.0F);
    for (std::int32_t q = head * group_; q < (head + 1) * group_; ++q) {
      const std::vector<float>& mass = query.kind == AttentionQuery::Kind::kLastRowMass
                                           ? row(q, pass_.rows() - 1)
                                           : sums_[at(layer_ * model_.shape.q_heads + q)];
      add_row(mass, std::span(*out).first(mass.size()));
    }
    divide_by(*out, group_);
  }
  given_.push_back(std::move(out));
  return std::span<const float>(*given_.back());
}

void LiveSource::retain(std::int32_t head, std::span<const std::int32_t> kept) {
  for (std::int32_t q = head * group_; q < (head + 1) * group_; ++q) {
    std::vector<float>& sum = sums_[at(layer_ * model_.shape.q_heads + q)];
    std::vector<float> next;
    for (const std::int32_t i : kept) {
      next.push_back(sum[at(i)]);
    }
    sum = next;
  }
}

void Listener::on_decision(const DecisionRecord& decision) {
  decisions.push_back(decision);
  if (next_ != nullptr) {
    next_->on_decision(decision);
  }
}

void Listener::on_answer(std::int32_t pass, std::int32_t layer, std::int32_t head,
                         const AttentionQuery& query, std::span<const float> values) {
  answers.push_back({pass, layer, head, query, {values.begin(), values.end()}});
  if (next_ != nullptr) {
    next_->on_answer(pass, layer, head, query, values);
  }
}

std::vector<RecordPlan> sample_plans(const std::filesystem::path& folder) {
  RecordPlan plan;
  plan.model.shape = small_shape();
  plan.model.shape.layers = 1;
  plan.model.shape.q_heads = 2;
  plan.model.shape.kv_heads = 1;
  plan.run = {.prompt = 40, .output = 3, .chunk = 16};
  plan.segments = {{"needle", 5, 9}};
  plan.coding.vote_windows = {4, 8};
  std::vector<RecordPlan> all;
  const auto add = [&](const char* name, const char* policy, TraceFidelity fidelity, bool side) {
    plan.path = (folder / name).string();
    plan.policy = policy;
    plan.fidelity = fidelity;
    plan.coding.side_votes = side ? std::vector<std::int64_t>{16} : std::vector<std::int64_t>{};
    plan.coding.side_window = side ? 8 : 0;
    all.push_back(plan);
  };
  add("full_rows.h5", "full", TraceFidelity::kRows, true);
  add("full_blocks.h5", "full", TraceFidelity::kBlocks, true);
  add("h2o_rows.h5", "h2o:heavy=6,recent=6", TraceFidelity::kRows, false);
  add("snapkv_blocks.h5", "snapkv:sparsity=0.5,window=8,patch=true", TraceFidelity::kBlocks, false);
  return all;
}

std::unique_ptr<const Policy> make_policy_from(const std::string& spec, const ModelShape& shape,
                                               const RunLengths& run) {
  PolicyContext context;
  context.shape = shape;
  context.run = run;
  auto parsed = parse_policy(spec);
  EXPECT_TRUE(parsed) << spec;
  auto policy = make_policy(parsed.value(), context);
  EXPECT_TRUE(policy) << policy.error().message();
  return std::move(policy).value();
}

namespace {

std::vector<std::span<const TokenPos>> lists(const PolicyDriver& driver, std::int32_t layer) {
  std::vector<std::span<const TokenPos>> resident;
  for (std::int32_t h = 0; h < driver.heads(); ++h) {
    resident.push_back(driver.residency().resident(layer, h));
  }
  return resident;
}

// The means of a row block the long way: all keys, sorted by mass.
void give_block(const LiveSource& live, std::int32_t layer, std::int32_t q, std::int64_t past,
                const AttentionSums& wanted, std::int32_t index, TraceWriter& writer) {
  const AttentionSums::Block& block = wanted.blocks[at(index)];
  std::vector<float> mean(at(past + block.first_row + block.rows), 0.0F);
  for (std::int64_t r = block.first_row; r < block.first_row + block.rows; ++r) {
    const std::vector<float>& row = live.row(q, r);
    add_row(row, std::span(mean).first(row.size()));
  }
  divide_by(mean, block.rows);
  std::vector<std::int32_t> key;
  for (std::size_t j = 0; j < mean.size(); ++j) {
    if (mean[j] >= block.least_entry) {
      key.push_back(static_cast<std::int32_t>(j));
    }
  }
  std::stable_sort(key.begin(), key.end(),
                   [&](std::int32_t a, std::int32_t b) { return mean[at(a)] > mean[at(b)]; });
  key.resize(std::min(key.size(), at(block.most_entries)));
  std::sort(key.begin(), key.end());
  std::vector<float> mass;
  std::vector<double> others(mean.size() / at(wanted.key_block) + 1, 0.0);
  std::vector<float> rest;
  for (const std::int32_t j : key) {
    mass.push_back(mean[at(j)]);
    mean[at(j)] = -1;  // taken
  }
  for (std::size_t begin = 0; begin < mean.size(); begin += at(wanted.key_block)) {
    double sum = 0;
    double count = 0;
    for (std::size_t j = begin; j < std::min(mean.size(), begin + at(wanted.key_block)); ++j) {
      sum += mean[j] < 0 ? 0.0 : static_cast<double>(mean[j]);
      count += mean[j] < 0 ? 0.0 : 1.0;
    }
    rest.push_back(count > 0 ? static_cast<float>(sum / count) : 0.0F);
  }
  writer.on_block({layer, q, past, index, key, mass, rest});
}

void give_sums(const LiveSource& live, std::int32_t layer, std::int32_t q, std::int64_t past,
               TraceWriter& writer) {
  const AttentionSums& wanted = *writer.sums();
  for (std::size_t i = 0; i < wanted.blocks.size(); ++i) {
    give_block(live, layer, q, past, wanted, static_cast<std::int32_t>(i), writer);
  }
  for (std::size_t i = 0; i < wanted.rows.size(); ++i) {
    const AttentionSums::Rows& rows = wanted.rows[i];
    const std::int64_t first = std::max<std::int64_t>(0, past + rows.first_key);
    std::vector<float> sum(at(past + rows.first_row + rows.rows - first), 0.0F);
    for (std::int64_t r = rows.first_row; r < rows.first_row + rows.rows; ++r) {
      std::vector<float> row = live.row(q, r);
      row.erase(row.begin(), row.begin() + first);
      if (first > 0) {
        renormalise(row);
      }
      add_row(row, std::span(sum).first(row.size()));
    }
    writer.on_row_sum({layer, q, past, static_cast<std::int32_t>(i), sum});
  }
}

// Hands the rows of a layer to the writer: query heads dealt out to threads, tiles of 5 rows.
void give_tiles(const RecordPlan& plan, const LiveSource& live, const Pass& pass,
                std::int32_t layer, std::span<const std::span<const TokenPos>> resident,
                TraceWriter& writer) {
  const std::int32_t q_heads = plan.model.shape.q_heads;
  const auto group = static_cast<std::size_t>(q_heads) / resident.size();
  const auto work = [&](int thread) {
    for (std::int32_t q = thread; q < q_heads; q += plan.threads) {
      const auto past =
          static_cast<std::int64_t>(resident[at(q) / group].size()) - pass.forward_rows();
      if (plan.sums && writer.sums() != nullptr) {
        give_sums(live, layer, q, past, writer);
        continue;
      }
      for (std::int64_t first = 0; first < pass.forward_rows(); first += 5) {
        const std::int64_t rows = std::min<std::int64_t>(5, pass.forward_rows() - first);
        const std::int64_t stride = past + first + rows + 3;
        std::vector<float> tile(at(rows * stride), 0.0F);
        std::vector<float> lse;
        for (std::int64_t r = 0; r < rows; ++r) {
          const std::vector<float>& mass = live.row(q, first + r);
          std::copy(mass.begin(), mass.end(), tile.begin() + r * stride);
          lse.push_back(live.log_sum_exp(q, first + r));
        }
        writer.on_tile({layer, q, static_cast<std::int32_t>(first), static_cast<std::int32_t>(rows),
                        past, tile.data(), stride, lse.data()});
      }
    }
  };
  std::vector<std::jthread> threads;
  for (int t = 0; t < plan.threads; ++t) {
    threads.emplace_back(work, t);
  }
}

Status give_norms(const RecordPlan& plan, const Pass& pass, std::int32_t layer, std::int32_t heads,
                  TraceWriter& writer) {
  const std::vector<std::int32_t> tokens = pass_tokens(plan.run, pass);
  for (std::int32_t h = 0; h < heads; ++h) {
    std::vector<float> norms;
    for (std::int64_t r = 0; r < pass.forward_rows(); ++r) {
      const std::int32_t kv = heads == plan.model.shape.kv_heads ? h : h / plan.model.shape.group();
      norms.push_back(
          plan.model.key_norm(layer, kv, tokens[at(r)], static_cast<TokenPos>(pass.begin + r)));
    }
    writer.key_norms(layer, h, norms);
  }
  return writer.end_layer(layer);
}

std::vector<TokenPos> positions_of(const Pass& pass) {
  std::vector<TokenPos> positions;
  for (std::int64_t r = 0; r < pass.forward_rows(); ++r) {
    positions.push_back(static_cast<TokenPos>(pass.begin + r));
  }
  return positions;
}

}  // namespace

Status record(const RecordPlan& plan, Listener& listener) {
  const ModelShape& shape = plan.model.shape;
  const auto policy = make_policy_from(plan.policy, shape, plan.run);
  TraceHeader header;
  header.shape = shape;
  header.run = plan.run;
  header.policy = plan.policy;
  header.patch_window = policy->patch_window();
  header.storage = policy->storage();
  header.fidelity = plan.fidelity;
  header.segments = plan.segments;
  header.program_version = "test";
  header.checkpoint_hash = "0123";
  header.seed = 7;
  auto created = TraceWriter::create(plan.path, header, {plan.coding, plan.expected_bytes});
  if (!created) {
    return created.error();
  }
  TraceWriter& writer = **created;
  Listener both(&writer);
  PolicyDriver driver(*policy, shape, plan.run, &both);
  LiveSource live(plan.model, plan.run, policy->storage());
  for (std::int64_t i = 0; i < plan.run.passes(); ++i) {
    const Pass pass = pass_at(plan.run, i, policy->patch_window());
    KVFOOT_TRY(writer.begin_pass({pass, false}, pass_tokens(plan.run, pass), positions_of(pass)));
    driver.begin_pass(pass);
    for (std::int32_t layer = 0; layer < shape.layers; ++layer) {
      driver.append(layer);
      const auto resident = lists(driver, layer);
      live.begin_layer(pass, layer, resident);
      give_tiles(plan, live, pass, layer, resident, writer);
      KVFOOT_TRY(give_norms(plan, pass, layer, driver.heads(), writer));
      auto kept = driver.decide(layer, &live);
      EXPECT_TRUE(kept);
    }
    driver.end_pass();
    PassMemory memory;
    memory.pass = pass.index;
    memory.resident_entries = driver.residency().total();
    KVFOOT_TRY(writer.end_pass(memory, plan.wall_ns + i));

    const bool side = pass.phase == Phase::kPrefill && !pass.last_prefill &&
                      std::any_of(plan.coding.side_votes.begin(), plan.coding.side_votes.end(),
                                  [&](std::int64_t size) { return pass.end % size == 0; });
    if (!side || plan.coding.side_window == 0) {
      continue;
    }
    Pass extra = pass;
    extra.begin = pass.end;
    extra.patch_rows = plan.coding.side_window;
    KVFOOT_TRY(writer.begin_pass({extra, true}, pass_tokens(plan.run, extra), positions_of(extra)));
    LiveSource apart(plan.model, plan.run, policy->storage());
    for (std::int32_t layer = 0; layer < shape.layers; ++layer) {
      std::vector<TokenPos> list(at(extra.end + extra.patch_rows));
      for (std::size_t j = 0; j < list.size(); ++j) {
        list[j] = static_cast<TokenPos>(j);
      }
      const std::vector<std::span<const TokenPos>> resident(at(driver.heads()), list);
      apart.begin_layer(extra, layer, resident);
      give_tiles(plan, apart, extra, layer, resident, writer);
      KVFOOT_TRY(give_norms(plan, extra, layer, driver.heads(), writer));
    }
    KVFOOT_TRY(writer.end_pass({}, 0));
  }
  listener.decisions = both.decisions;
  listener.answers = both.answers;
  std::vector<std::string> text;
  for (const std::int32_t token : run_tokens(plan.run)) {
    text.push_back("t" + std::to_string(token));
  }
  return writer.finish(plan.run, plan.text ? text : std::vector<std::string>{});
}

Status run_through(const ModelShape& shape, const RunLengths& run, const Policy& policy,
                   AttentionSource& source, const BeginLayer& begin, DecisionSink* sink) {
  PolicyDriver driver(policy, shape, run, sink);
  for (std::int64_t i = 0; i < run.passes(); ++i) {
    const Pass pass = pass_at(run, i, policy.patch_window());
    driver.begin_pass(pass);
    for (std::int32_t layer = 0; layer < shape.layers; ++layer) {
      driver.append(layer);
      KVFOOT_TRY(begin(pass, layer, lists(driver, layer)));
      auto kept = driver.decide(layer, &source);
      if (!kept) {
        return kept.error();
      }
    }
    driver.end_pass();
  }
  return {};
}

void run_live(const SyntheticModel& model, const RunLengths& run, const std::string& spec,
              Listener& listener) {
  const auto policy = make_policy_from(spec, model.shape, run);
  LiveSource live(model, run, policy->storage());
  const Status status = run_through(
      model.shape, run, *policy, live,
      [&](const Pass& pass, std::int32_t layer, std::span<const std::span<const TokenPos>> lists_) {
        live.begin_layer(pass, layer, lists_);
        return Status{};
      },
      &listener);
  EXPECT_TRUE(status);
}

std::string damage_data(std::string file, std::uint64_t seed) {
  const auto word = [&file](std::size_t offset) {
    std::uint64_t value = 0;
    std::memcpy(&value, file.data() + offset, sizeof value);
    return value;
  };
  const std::size_t seal = file.size() - word(file.size() - 16);
  const std::size_t piece = seal + 16 + 24 * (hash_words(seed, 1) % word(seal + 8));
  const std::uint64_t begin = word(piece);
  const std::uint64_t bytes = word(piece + 8);
  for (std::uint64_t k = 0; k <= hash_words(seed, 2) % 3; ++k) {
    char& byte = file[begin + hash_words(seed, 3, k) % bytes];
    byte = static_cast<char>(byte ^ static_cast<char>(1 + hash_words(seed, 4, k) % 255));
  }
  return file;
}

// Tests of one program run side by side, each in a process of its own.
std::string test_name() {
  const auto* info = testing::UnitTest::GetInstance()->current_test_info();
  return info == nullptr ? "none" : info->name();
}

std::string temporary(const std::string& name) {
  return (std::filesystem::path(testing::TempDir()) / ("kvfoot_trace_" + test_name() + "_" + name))
      .string();
}

}  // namespace kvfoot::testing_trace
