// Any bytes as a config.json: an error that names the source, or a shape whose sizes can be
// counted.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "sim/core/check.hpp"
#include "sim/graph/pass_work.hpp"
#include "sim/io/shape_file.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto shape = kvfoot::parse_shape(text, "fuzz.json", "fuzz");
  if (!shape) {
    KVFOOT_CHECK(shape.error().where.starts_with("fuzz.json"), shape.error().message());
    KVFOOT_CHECK(!shape.error().what.empty());
    return 0;
  }
  KVFOOT_CHECK(kvfoot::validate(*shape).ok() && shape->full_layers() <= shape->layers);
  KVFOOT_CHECK(kvfoot::entry_bytes(*shape, kvfoot::DType::kF32) > 0);
  KVFOOT_CHECK(kvfoot::all_weights(*shape) >= 0 && kvfoot::layer_weights(*shape, 0) >= 0);
  kvfoot::PassModel model;
  model.shape = *shape;
  model.storage_heads = shape->kv_heads;
  kvfoot::RunLengths run;
  run.prompt = 4096;
  run.output = 16;
  if (const auto status = kvfoot::check_model(model, run); !status) {
    KVFOOT_CHECK(!status.error().what.empty());
  }
  return 0;
}
