// Any text: an error with a reason, or a spec that survives its own text and makes a policy or says
// why not. What follows a zero byte is the file that heads= names.
#include <string>
#include <string_view>

#include "sim/core/check.hpp"
#include "sim/policy/descriptor.hpp"

namespace {

void try_to_make(const kvfoot::PolicySpec& spec, const std::string& file) {
  const kvfoot::ModelShape shape{.name = "tiny",
                                 .layers = 2,
                                 .q_heads = 4,
                                 .kv_heads = 2,
                                 .head_dim = 2,
                                 .hidden = 8,
                                 .ffn = 8,
                                 .vocab = 8};
  const kvfoot::PolicyContext context{
      .shape = shape,
      .run = {.prompt = 100, .output = 10, .chunk = 30},
      .read_file = [&](const std::string&) -> kvfoot::Result<std::string> { return file; }};
  const auto policy = kvfoot::make_policy(spec, context);
  if (!policy.ok()) {
    KVFOOT_CHECK(!policy.error().what.empty());
    return;
  }
  const kvfoot::PassView view{kvfoot::pass_at(context.run, 1, (*policy)->patch_window()),
                              context.run, shape.layers};
  for (std::int32_t head = 0; head < kvfoot::storage_heads(**policy, shape); ++head) {
    const auto kept = (*policy)->kept_count(view, 1, head, 30);
    KVFOOT_CHECK(!kept || (*kept >= 0 && *kept <= 30 + view.pass.rows()));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t zero = input.find('\0');
  const std::string_view text = input.substr(0, zero);
  const auto spec = kvfoot::parse_policy(text);
  if (!spec.ok()) {
    KVFOOT_CHECK(!spec.error().what.empty() && !spec.error().where.empty());
    return 0;
  }
  const auto again = kvfoot::parse_policy(kvfoot::to_string(*spec));
  KVFOOT_CHECK(again.ok() && *again == *spec, kvfoot::to_string(*spec));
  const auto full = kvfoot::parse_policy(kvfoot::to_string_full(*spec));
  KVFOOT_CHECK(full.ok(), kvfoot::to_string_full(*spec));
  KVFOOT_CHECK(kvfoot::to_string_full(*full) == kvfoot::to_string_full(*spec));
  try_to_make(*spec, zero == std::string_view::npos ? "" : std::string(input.substr(zero + 1)));
  return 0;
}
