// Layer by layer for prefill and whatever is observed or asked; whole passes, captured once, for
// decode.
#include "executor/cuda/backend/device_backend.hpp"

#include <algorithm>
#include <new>
#include <optional>
#include <utility>
#include <vector>

#include "executor/cuda/backend/decode_plan.hpp"
#include "executor/cuda/backend/device_memory.hpp"
#include "executor/cuda/backend/device_source.hpp"
#include "executor/cuda/backend/layer_work.hpp"
#include "executor/cuda/backend/rotated_cache.hpp"
#include "executor/cuda/backend/streams.hpp"
#include "executor/cuda/backend/sum_recorder.hpp"
#include "executor/cuda/backend/tile_recorder.hpp"
#include "executor/cuda/backend/token_picker.hpp"
#include "executor/cuda/kernels/attention.hpp"
#include "executor/model/pass_rows.hpp"
#include "sim/core/text.hpp"

namespace kvfoot::cuda {
namespace {

constexpr std::int64_t kMoveBytes = std::int64_t{64} << 20;

class DeviceBackend final : public Backend {
 public:
  DeviceBackend(std::unique_ptr<Device> device, const LlamaConfig& config, const std::string& name)
      : device_(std::move(device)),
        stream_(device_->compute_stream()),
        config_(config),
        shape_(model_shape(config, name)),
        blocks_(*device_),
        host_(*device_),
        buffers_(ledger_, blocks_),
        uploads_(*device_, blocks_, host_),
        work_(*device_, config_, weights_, buffers_),
        picker_(*device_, blocks_, host_, buffers_, config_.vocab_size),
        rotated_(*device_, buffers_, uploads_),
        streams_(ledger_, blocks_),
        source_(*device_, blocks_, host_, buffers_, uploads_),
        recorder_(*device_, host_, buffers_),
        sum_recorder_(*device_, host_, buffers_, uploads_),
        begin_(device_->make_event()),
        end_(device_->make_event()) {
    blocks_.when_short([this] { return buffers_.drop_waiting(); });
    source_.before_waiting([this] {
      if (rows_ == 1) {  // many rows take memory, which evicting may have to give back first
        finish_layer();
      }
    });
  }

  ~DeviceBackend() override {
    (void)device_->synchronize(stream_);
    drop_graph();
    device_->destroy(begin_);
    device_->destroy(end_);
  }
  DeviceBackend(const DeviceBackend&) = delete;
  DeviceBackend& operator=(const DeviceBackend&) = delete;

  Status load(const LlamaWeights& weights, const UploadProgress& progress) {
    KVFOOT_ASSIGN(weights_, upload_weights(*device_, blocks_, weights, progress));
    ledger_.add(MemoryClass::kWeights, weights_.bytes);
    std::vector<float> frequency;
    for (const double f : rope_inverse_frequencies(config_)) {
      frequency.push_back(static_cast<float>(f));
    }
    try {
      frequency_ = Array<float>(blocks_, static_cast<std::int64_t>(frequency.size()));
    } catch (const std::bad_alloc&) {
      return no_memory("the weights");
    }
    device_->copy_in(frequency_.data(), frequency.data(), frequency_.bytes(), stream_);
    KVFOOT_TRY(device_->synchronize(stream_));
    return reset(CacheOptions{});
  }

  const ModelShape& shape() const override { return shape_; }
  std::string_view device() const override { return "cuda"; }

  Status reset(const CacheOptions& options) override {
    if (options.block < 1) {
      return Error{"CUDA device", "a page of " + std::to_string(options.block) + " entries",
                   "use at least 1"};
    }
    KVFOOT_TRY(device_->synchronize(stream_));
    uploads_.reset();
    drop_graph();
    release_rows();
    rows_ = 0;
    evicts_ = false;
    recorder_.reset();
    sum_recorder_.reset();
    plan_.reset();
    rotated_.release();
    options_ = options;
    try {
      streams_.reset(shape_.layers, shape_.q_heads / group(), shape_.head_dim, options.block,
                     options.dtype, options.most_entries);
    } catch (const std::bad_alloc&) {
      return no_memory("the cache");
    }
    source_.reset(shape_.layers, options.needs, options.most_entries);
    buffers_.drop_waiting();
    return {};
  }

  Status begin_pass(std::span<const std::int32_t> tokens, std::span<const TokenPos> positions,
                    std::int64_t patch_rows) override {
    KVFOOT_TRY(check_pass_rows("CUDA device", tokens, positions, patch_rows, config_.vocab_size));
    if (running_) {  // the pass before was given up
      KVFOOT_TRY(settle());
    }
    const auto rows = static_cast<std::int64_t>(tokens.size());
    if (rows != rows_) {
      drop_graph();
      picker_.release();
    }
    rows_ = rows;
    patch_rows_ = patch_rows;
    const AttentionNeeds& needs = options_.needs;
    const bool prefill = positions.front() < options_.prefill_rows;
    const bool asked = needs.accumulated || (prefill ? needs.in_prefill : needs.in_decode);
    // One row reads entries in any order; whoever asks wants them in order.
    rings_ = rows == 1 && patch_rows == 0 && !asked && !options_.reindex;
    // Nothing of a decode pass has to be known before all of it is enqueued, unless somebody asks.
    // Where entries leave in every pass, deciding takes its time: layer by layer, while the device
    // is busy with the layers before.
    planned_ = rows == 1 && patch_rows == 0 && !asked && observer_ == nullptr && !evicts_;
    evicts_ = false;
    running_ = true;
    buffers_.begin_pass();
    try {
      prepare(tokens, positions);
    } catch (const std::bad_alloc&) {
      return no_memory("the activations of a pass");
    }
    return {};
  }

  Status attend(std::int32_t layer) override {
    KVFOOT_CHECK(running_ && layer >= 0 && layer < shape_.layers, "layer of a pass");
    layer_ = layer;
    try {
      streams_.grow(layer, rows_, changes_);
      if (planned_) {
        plan_->set_entries(layer, streams_.sizes(layer));
        return {};
      }
      return attend_now(layer);
    } catch (const std::bad_alloc&) {
      return no_memory("the cache or the attention scores");
    }
  }

  AttentionSource& attention() override { return source_; }

  void retain(std::int32_t layer, std::int32_t head, std::span<const std::int32_t> kept) override {
    streams_.retain(layer, head, kept, rings_, runs_[static_cast<std::size_t>(layer)]);
  }

  Status feed_forward(std::int32_t layer) override {
    if (planned_) {
      return {};
    }
    try {
      source_.end_layer();
      move_entries(layer, uploaded_entries_);
      norms_.clear();
      finish_layer();
    } catch (const std::bad_alloc&) {
      return no_memory("the activations of a layer");
    }
    return {};
  }

  Result<std::optional<std::int64_t>> end_pass() override {
    KVFOOT_CHECK(running_, "a pass that has not begun");
    if (planned_) {
      try {
        KVFOOT_TRY(run_plan());
      } catch (const std::bad_alloc&) {
        return no_memory("the activations of a pass");
      }
    }
    recorder_.end_pass();
    sum_recorder_.end_pass();
    device_->record(end_, stream_);
    KVFOOT_TRY(settle());
    KVFOOT_ASSIGN(const std::int64_t ns, device_->elapsed_ns(begin_, end_));
    return std::optional<std::int64_t>(ns);
  }

  Result<std::span<const float>> logits(std::int64_t row) override {
    try {
      enqueue_logits(row);
      return picker_.read();
    } catch (const std::bad_alloc&) {
      return no_memory("the logits");
    }
  }

  Result<std::int32_t> sample(std::int64_t row, const SamplingOptions& options,
                              std::uint64_t index) override {
    try {
      enqueue_logits(row);
      return picker_.pick(options, index);
    } catch (const std::bad_alloc&) {
      return no_memory("the logits");
    }
  }

  std::span<const float> key_norms(std::int32_t head) override {
    KVFOOT_CHECK(!planned_, "key norms of a pass that nobody observes");
    if (norms_.empty()) {
      measure_keys();
    }
    return std::span(norms_).subspan(static_cast<std::size_t>(head * rows_),
                                     static_cast<std::size_t>(rows_));
  }

  void observe(AttentionObserver* observer) override { observer_ = observer; }

  MemoryCounters counters() const override {
    const auto page = static_cast<std::int64_t>(streams_.pool().page_bytes());
    MemoryCounters counters;
    counters.kv_pages = streams_.pool().pages();
    counters.kv_bytes = counters.kv_pages * page;
    counters.kv_peak_bytes = streams_.pool().peak_pages() * page;
    counters.held = ledger_.held();
    counters.peak = ledger_.peak();
    counters.at_peak = ledger_.at_peak();
    counters.reserved_bytes = blocks_.taken();
    return counters;
  }

  std::int64_t device_used_bytes() const override {
    const DeviceMemory memory = device_->memory();
    return memory.total_bytes - memory.free_bytes;
  }

  void reset_peak() override {
    streams_.reset_peak();
    ledger_.reset_peak();
  }

 private:
  // Work of one pass that can be launched again while nothing but the plan changes.
  struct Captured {
    Graph graph = nullptr;
    std::int32_t splits = 0;
  };
  [[nodiscard]] std::int32_t group() const {  // query heads per storage head
    return options_.storage == Storage::kKvHeads ? shape_.group() : 1;
  }
  [[nodiscard]] Error no_memory(const char* what) {
    return cuda::no_memory(
        blocks_, host_, what,
        "use a smaller chunk, a shorter prompt or a smaller budget; kvfoot fit says what fits");
  }

  // Everything that was enqueued is done; what was sent along with it is forgotten.
  Status settle() {
    running_ = false;
    Status done = device_->synchronize(stream_);
    uploads_.reset();
    return done;
  }

  void release_rows() {
    drop_graph();
    work_.release();
    picker_.release();
  }

  void drop_graph() {
    if (captured_.graph != nullptr) {
      device_->destroy(captured_.graph);
      captured_ = {};
    }
  }

  void prepare(std::span<const std::int32_t> tokens, std::span<const TokenPos> positions) {
    runs_.resize(static_cast<std::size_t>(shape_.layers));
    for (auto& runs : runs_) {
      runs.clear();
    }
    changes_ = {};
    norms_.clear();
    work_.take(rows_, options_.dtype);
    if (source_.accumulates() || wanted_sums() != nullptr) {
      work_.take_log_sum_exp();
    }
    longest_ = streams_.longest() + rows_;
    if (streams_.fit_table(longest_, changes_)) {
      drop_graph();
    }
    apply_changes();
    if (rows_ == 1) {
      splits_ = work_.splits(longest_, streams_.heads());
      if (work_.take_partial(splits_)) {  // nothing is taken while work is captured
        drop_graph();
      }
    }
    if (options_.reindex && rotated_.fit(longest_, streams_.view(0, nullptr), frequency_.data())) {
      drop_graph();
    }
    if (!rings_ && !streams_.straight()) {
      straighten();
    }
    const auto first = static_cast<std::int32_t>(positions.front());
    if (planned_) {
      if (!plan_) {
        plan_ = std::make_unique<DecodePlan>(
            *device_, blocks_, host_, static_cast<std::int64_t>(shape_.layers) * streams_.heads());
      }
      plan_->set_token(tokens.front(), first);
      return;
    }
    device_->record(begin_, stream_);
    std::vector<std::int32_t> at;
    for (const TokenPos position : positions) {
      at.push_back(static_cast<std::int32_t>(position));
    }
    const std::int32_t* const ids = uploads_.send(tokens);
    const std::int32_t* const places = uploads_.send(std::span<const std::int32_t>(at));
    uploads_.flush();
    enqueue_inputs(ids, places);
  }

  void enqueue_inputs(const std::int32_t* tokens, const std::int32_t* positions) {
    work_.begin(tokens, options_.reindex ? nullptr : positions, frequency_.data());
  }

  void apply_changes() {
    if (changes_.where.empty()) {
      return;
    }
    const auto count = static_cast<std::int32_t>(changes_.where.size());
    TableUpdate update;
    update.table = streams_.table();
    update.where = uploads_.send(std::span<const std::int64_t>(changes_.where));
    update.what = uploads_.send(std::span<std::byte* const>(changes_.what));
    update.count = uploads_.send(std::span<const std::int32_t>(&count, 1));
    update.capacity = count;
    uploads_.flush();
    launch_table_update(update, stream_);
    changes_ = {};
  }

  // The rest of the layer does not read the cache: it may be enqueued before entries leave.
  void finish_layer() {
    if (!finished_) {
      work_.finish(layer_);
      finished_ = true;
    }
  }

  Status attend_now(std::int32_t layer) {
    finished_ = false;
    uploaded_entries_ = uploads_.send(streams_.sizes(layer));
    apply_changes();
    uploads_.flush();
    const std::int64_t longest = streams_.longest(layer);
    const LayerPages cache = enqueue_attention(layer, uploaded_entries_, longest);
    MassInput input;
    input.cache = cache;
    input.q = work_.queries();
    input.rows = rows_;
    input.q_heads = shape_.q_heads;
    input.scale = work_.scale();
    input.longest = longest;
    entries_of_layer_.assign(streams_.sizes(layer).begin(), streams_.sizes(layer).end());
    source_.begin_layer({.layer = layer,
                         .input = input,
                         .entries = entries_of_layer_,
                         .patch_rows = patch_rows_,
                         .log_sum_exp = work_.log_sum_exp()});
    return observer_ == nullptr ? Status{} : observe_layer(layer, input);
  }

  // Sums instead of rows, if the observer makes do with those that the kernels have.
  [[nodiscard]] const AttentionSums* wanted_sums() const {
    const AttentionSums* sums = observer_ == nullptr ? nullptr : observer_->sums();
    return sums != nullptr && SumRecorder::can(*sums) ? sums : nullptr;
  }

  Status observe_layer(std::int32_t layer, const MassInput& input) {
    const std::span<const Ring> rings = streams_.rings(layer);
    const AttentionSums* sums = wanted_sums();
    if (sums != nullptr && std::ranges::all_of(rings, [](const Ring& r) { return r.turn == 0; })) {
      return sum_recorder_.record(layer, input, work_.log_sum_exp(), entries_of_layer_, *sums,
                                  *observer_);
    }
    return recorder_.record(layer, input, entries_of_layer_, rings, *observer_);
  }

  // From the residual stream to what attention gives; the cache as attention read it.
  LayerPages enqueue_attention(std::int32_t layer, const std::int32_t* entries,
                               std::int64_t longest) {
    LayerPages cache = streams_.view(layer, entries);
    work_.project(layer, cache);
    if (options_.reindex) {
      cache = rotated_.enqueue(cache, longest, work_.queries(), rows_, shape_.q_heads);
    }
    work_.attend(cache, splits_);
    return cache;
  }

  // Survivors of the layer move down; their pages were given back when it was decided.
  void move_entries(std::int32_t layer, const std::int32_t* entries) {
    auto& runs = runs_[static_cast<std::size_t>(layer)];
    if (runs.empty()) {
      return;
    }
    evicts_ = rows_ == 1;
    move_runs(layer, entries,
              rings_ ? kTogether : std::max<std::int64_t>(1, kMoveBytes / streams_.entry_bytes()));
  }

  void move_runs(std::int32_t layer, const std::int32_t* entries, std::int64_t most) {
    auto& runs = runs_[static_cast<std::size_t>(layer)];
    for (const std::vector<EntryRun>& batch : batches_of(runs, most)) {
      MoveEntries move;
      move.cache = streams_.view(layer, entries);
      move.runs = uploads_.send(std::span<const EntryRun>(batch));
      move.count = static_cast<std::int32_t>(batch.size());
      move.moved = moved_entries(batch);
      Buffer<std::byte> scratch(buffers_, MemoryClass::kWorkspace,
                                move.moved * streams_.entry_bytes());
      move.scratch = scratch.data();
      uploads_.flush();
      launch_gather_entries(move, stream_);
      launch_scatter_entries(move, stream_);
    }
    runs.clear();
  }

  // Entries of all streams lie in order again.
  void straighten() {
    for (std::int32_t layer = 0; layer < shape_.layers; ++layer) {
      auto& runs = runs_[static_cast<std::size_t>(layer)];
      streams_.straighten(layer, runs);
      move_runs(layer, nullptr, kTogether);
    }
  }

  void enqueue_planned(bool moves) {
    plan_->enqueue_copy(stream_);
    launch_table_update(plan_->table_update(streams_.table()), stream_);
    enqueue_inputs(plan_->token(), plan_->position());
    for (std::int32_t layer = 0; layer < shape_.layers; ++layer) {
      const std::int32_t* entries = plan_->entries(layer, streams_.heads());
      enqueue_attention(layer, entries, longest_);
      if (moves) {
        move_entries(layer, entries);
      }
      work_.finish(layer);
    }
  }

  Status run_plan() {
    plan_->set_changes(changes_);
    changes_ = {};
    const bool moves = std::ranges::any_of(runs_, [](const auto& runs) { return !runs.empty(); });
    if (moves || options_.reindex) {
      device_->record(begin_, stream_);
      enqueue_planned(moves);
      return {};
    }
    if (captured_.graph == nullptr || captured_.splits != splits_) {
      drop_graph();
      KVFOOT_TRY(device_->begin_capture(stream_));
      enqueue_planned(false);
      KVFOOT_ASSIGN(captured_.graph, device_->end_capture(stream_));
      captured_.splits = splits_;
    }
    device_->record(begin_, stream_);
    device_->launch(captured_.graph, stream_);
    return {};
  }

  void enqueue_logits(std::int64_t row) {
    KVFOOT_CHECK(row >= 0 && row < rows_, "row of a pass");
    work_.head(row, picker_.logits());
  }

  // Norms of the pass's keys as they lie in the pages of the layer just attended.
  void measure_keys() {
    const std::int64_t count = streams_.heads() * rows_;
    norms_.assign(static_cast<std::size_t>(count), 0.0F);
    Buffer<float> norms(buffers_, MemoryClass::kWorkspace, count);
    launch_key_norms({.cache = streams_.view(layer_, uploaded_entries_),
                      .last = rows_,
                      .longest = rows_,
                      .norms = norms.data(),
                      .stride = rows_},
                     stream_);
    device_->copy_out(norms_.data(), norms.data(), norms_.size() * sizeof(float), stream_);
    (void)device_->synchronize(stream_);  // an error shows when the pass ends
  }

  std::unique_ptr<Device> device_;  // outlives all that was taken from it
  Stream stream_;
  LlamaConfig config_;
  ModelShape shape_;
  CacheOptions options_;
  AttentionObserver* observer_ = nullptr;

  MemoryLedger ledger_;
  DeviceBlocks blocks_;
  HostBlocks host_;
  BufferPool buffers_;
  Uploads uploads_;
  DeviceWeights weights_;
  Array<float> frequency_;  // (head_dim / 2)
  LayerWork work_;
  TokenPicker picker_;
  RotatedCache rotated_;
  Streams streams_;
  DeviceSource source_;
  TileRecorder recorder_;
  SumRecorder sum_recorder_;
  Event begin_;
  Event end_;

  // Of the pass.
  bool running_ = false;
  bool planned_ = false;
  bool rings_ = false;   // streams need not lie in order
  bool evicts_ = false;  // entries moved in a pass of one row
  std::int32_t layer_ = 0;
  bool finished_ = false;  // all of the layer is enqueued
  std::int64_t rows_ = 0;
  std::int64_t patch_rows_ = 0;
  TableChanges changes_;
  std::vector<std::vector<EntryRun>> runs_;  // (layers): entries that move
  std::vector<std::int32_t> entries_of_layer_;
  const std::int32_t* uploaded_entries_ = nullptr;  // of the layer, on the device
  std::vector<float> norms_;                        // (heads, rows)

  std::unique_ptr<DecodePlan> plan_;
  std::int64_t longest_ = 0;  // entries of the longest stream while it is attended
  std::int32_t splits_ = 1;   // of attention of one row: the same whether or not it is captured
  Captured captured_;
};

}  // namespace

Result<std::unique_ptr<Backend>> make_device_backend(std::unique_ptr<Device> device,
                                                     const LlamaWeights& weights,
                                                     const std::string& name,
                                                     const DeviceBackendOptions& options) {
  const LlamaConfig& config = weights.config;
  if (const char* why = attention_unsupported(static_cast<std::int32_t>(config.head_dim),
                                              static_cast<std::int32_t>(config.group()))) {
    return Error{"CUDA device",
                 "has no attention kernel for head_dim " + std::to_string(config.head_dim) +
                     " with " + std::to_string(config.group()) + " query heads per KV head: " + why,
                 "use --device cpu", ErrorKind::kEnvironment};
  }
  const auto head_dim = static_cast<std::int32_t>(config.head_dim);
  if (attention_shared_bytes(head_dim) > device->info().shared_bytes_per_block) {
    return Error{
        "CUDA device",
        device->info().name + " has " + format_bytes(device->info().shared_bytes_per_block) +
            " of shared memory per block, head_dim " + std::to_string(head_dim) + " needs " +
            format_bytes(attention_shared_bytes(head_dim)),
        "use a card of compute capability 8.0 or 9.0, or --device cpu", ErrorKind::kEnvironment};
  }
  auto backend = std::make_unique<DeviceBackend>(std::move(device), config, name);
  KVFOOT_TRY(backend->load(weights, options.on_progress));
  return std::unique_ptr<Backend>(std::move(backend));
}

}  // namespace kvfoot::cuda
