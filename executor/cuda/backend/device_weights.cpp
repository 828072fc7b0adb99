// From mapped files to the card, in pieces that two page-locked buffers pass on.
#include "executor/cuda/backend/device_weights.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <new>
#include <string>

#include "executor/cuda/kernels/random.hpp"
#include "sim/core/text.hpp"

namespace kvfoot::cuda {
namespace {

constexpr std::size_t kPiece = std::size_t{16} << 20;  // bytes of one page-locked buffer

// Copies pieces while the one before is under way.
class Staging {
 public:
  Staging(Device& device, HostBlocks& host, std::int64_t total, const UploadProgress& progress)
      : device_(device), total_(total), progress_(progress) {
    for (Half& half : halves_) {
      half.data = Array<std::byte>(host, static_cast<std::int64_t>(kPiece));
    }
    for (Half& half : halves_) {  // nothing throws from here on
      half.done = device.make_event();
    }
  }
  ~Staging() {
    (void)device_.synchronize(device_.compute_stream());  // copies may still read the buffers
    for (Half& half : halves_) {
      device_.destroy(half.done);
    }
  }
  Staging(const Staging&) = delete;
  Staging& operator=(const Staging&) = delete;

  // `tensor` becomes scalars of `type` at `to`.
  Status copy(const TensorView& tensor, DType type, std::byte* to) {
    const std::size_t width = weight_bytes(type);
    const std::size_t elements = tensor.elements();
    if (tensor.data == nullptr && tensor.type == type && tensor.shape.size() > 1) {
      KVFOOT_CHECK(tensor.random.has_value(), tensor.name + " has neither bytes nor a promise");
      launch_random_fill({.out = to,
                          .type = type,
                          .key = tensor.random->key,
                          .first = 0,
                          .count = static_cast<std::int64_t>(elements),
                          .offset = tensor.random->offset,
                          .scale = tensor.random->scale},
                         device_.compute_stream());
      return note(static_cast<std::int64_t>(elements * width));
    }
    const std::size_t step = kPiece / width;
    for (std::size_t first = 0; first < elements; first += step) {
      const std::size_t count = std::min(step, elements - first);
      Half& half = halves_[next_++ % halves_.size()];
      if (half.busy) {
        KVFOOT_TRY(device_.synchronize(half.done));
      }
      fill(tensor, type, first, {half.data.data(), count * width});
      device_.copy_in(to + first * width, half.data.data(), count * width,
                      device_.compute_stream());
      device_.record(half.done, device_.compute_stream());
      half.busy = true;
      KVFOOT_TRY(note(static_cast<std::int64_t>(count * width)));
    }
    return {};
  }

 private:
  struct Half {
    Array<std::byte> data;
    Event done = nullptr;
    bool busy = false;
  };

  Status note(std::int64_t bytes) {
    done_ += bytes;
    if (progress_) {
      progress_(done_, total_);
    }
    return {};
  }

  static void fill(const TensorView& tensor, DType type, std::size_t first,
                   std::span<std::byte> out) {
    const std::size_t from = weight_bytes(tensor.type);
    const std::size_t count = out.size() / weight_bytes(type);
    std::vector<std::byte> made;
    const std::byte* source = tensor.data;
    std::size_t at = first;
    if (source == nullptr) {
      made.resize(count * from);
      fill_random(*tensor.random, tensor.type, first, made);
      source = made.data();
      at = 0;
    }
    if (tensor.type == type) {
      std::memcpy(out.data(), source + at * from, out.size());
      return;
    }
    for (std::size_t i = 0; i < count; ++i) {
      store_weight(out.data(), type, i, load_weight(source, tensor.type, at + i));
    }
  }

  Device& device_;
  std::int64_t total_;
  std::int64_t done_ = 0;
  const UploadProgress& progress_;
  std::array<Half, 2> halves_;
  std::size_t next_ = 0;
};

class Uploader {
 public:
  Uploader(Device& device, DeviceBlocks& blocks, const LlamaWeights& weights)
      : device_(device), blocks_(blocks), weights_(weights) {
    out_.type = weights.layers.front().q.type;
  }

  Result<DeviceWeights> run(const UploadProgress& progress) {
    const std::int64_t total = bytes();
    KVFOOT_TRY(check_room(total));
    HostBlocks host(device_);
    try {
      Staging staging(device_, host, total, progress);
      KVFOOT_TRY(copy_all(staging));
      KVFOOT_TRY(device_.synchronize(device_.compute_stream()));
    } catch (const std::bad_alloc&) {
      const std::int64_t on_card = blocks_.take_refused();
      return on_card > 0 ? no_room(total)
                         : no_memory(blocks_, host, "the weights on their way", "");
    }
    out_.bytes = total;
    return std::move(out_);
  }

 private:
  [[nodiscard]] bool tied() const { return weights_.config.tie_word_embeddings; }

  [[nodiscard]] std::int64_t bytes() const {
    const auto width = static_cast<std::int64_t>(weight_bytes(out_.type));
    const LlamaConfig& c = weights_.config;
    const std::int64_t norms = c.hidden_size * (2 * c.layers + 1);
    return (c.parameter_count() - norms) * width + norms * static_cast<std::int64_t>(sizeof(float));
  }

  [[nodiscard]] Error no_room(std::int64_t total) const {
    const std::int64_t free = device_.memory().free_bytes;
    std::string what = "the weights take " + format_bytes(total) + ", of which " +
                       device_.info().name + " has " + format_bytes(free) + " free";
    if (total > free) {
      what += ": " + format_bytes(total - free) + " are missing";
    }
    return Error{"CUDA device", what,
                 "take a 16-bit checkpoint or --device cpu; kvfoot fit --memory " +
                     std::to_string(free) + " says what a card with so much memory could run",
                 ErrorKind::kEnvironment};
  }
  [[nodiscard]] Status check_room(std::int64_t total) const {
    if (total > device_.memory().free_bytes) {
      return no_room(total);
    }
    return {};
  }

  // Tensors one after the other in one array.
  Result<Array<std::byte>> together(Staging& staging,
                                    std::initializer_list<const TensorView*> parts) {
    const std::size_t width = weight_bytes(out_.type);
    std::size_t elements = 0;
    for (const TensorView* part : parts) {
      elements += part->elements();
    }
    Array<std::byte> all(blocks_, static_cast<std::int64_t>(elements * width));
    std::byte* to = all.data();
    for (const TensorView* part : parts) {
      KVFOOT_TRY(staging.copy(*part, out_.type, to));
      to += part->elements() * width;
    }
    return all;
  }

  Result<Array<float>> norm(Staging& staging, const TensorView& view) {
    Array<float> out(blocks_, static_cast<std::int64_t>(view.elements()));
    KVFOOT_TRY(staging.copy(view, DType::kF32, reinterpret_cast<std::byte*>(out.data())));
    return out;
  }

  Status copy_all(Staging& staging) {
    KVFOOT_ASSIGN(out_.embed, together(staging, {&weights_.embed}));
    for (const LayerWeights& layer : weights_.layers) {
      DeviceLayer to;
      KVFOOT_ASSIGN(to.input_norm, norm(staging, layer.input_norm));
      KVFOOT_ASSIGN(to.qkv, together(staging, {&layer.q, &layer.k, &layer.v}));
      KVFOOT_ASSIGN(to.o, together(staging, {&layer.o}));
      KVFOOT_ASSIGN(to.post_norm, norm(staging, layer.post_norm));
      KVFOOT_ASSIGN(to.gate_up, together(staging, {&layer.gate, &layer.up}));
      KVFOOT_ASSIGN(to.down, together(staging, {&layer.down}));
      out_.layers.push_back(std::move(to));
    }
    KVFOOT_ASSIGN(out_.final_norm, norm(staging, weights_.final_norm));
    if (!tied()) {
      KVFOOT_ASSIGN(out_.lm_head_own, together(staging, {&weights_.lm_head}));
    }
    return {};
  }

  Device& device_;
  DeviceBlocks& blocks_;
  const LlamaWeights& weights_;
  DeviceWeights out_;
};

}  // namespace

Result<DeviceWeights> upload_weights(Device& device, DeviceBlocks& blocks,
                                     const LlamaWeights& weights, const UploadProgress& progress) {
  return Uploader(device, blocks, weights).run(progress);
}

}  // namespace kvfoot::cuda
