// What a form of policy parameters does to a spec; knows descriptors, no policy by name.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "sim/policy/descriptor.hpp"

namespace kvfoot::gui {

// Null when unknown, as of no policy.
[[nodiscard]] const ParamInfo* find_parameter(const PolicyDescriptor* policy,
                                              std::string_view name);

// `spec` with one parameter given another value, or none if `value` is empty. Parameters that the
// new one excludes are no longer given. Errors: those of make_spec.
[[nodiscard]] Result<PolicySpec> with_parameter(const PolicySpec& spec, std::string_view name,
                                                const std::string& value);

// The message without "policy 'x': ", for a place where that is known.
[[nodiscard]] std::string short_message(const Error& error);

// Whether a run can have the policy as it is given; the error says what is missing. What is in
// files that it names is not looked at, because that depends on the model.
[[nodiscard]] Status check_given(const PolicySpec& spec);

// Remembers how every policy was last given, and carries over what two policies share.
class PolicyMemory {
 public:
  void remember(const PolicySpec& spec);
  // The policy as it was last given, with the parameters of `from` that mean the same in both:
  // equal name, type and range. (A window of recent tokens and a voting window differ in range.)
  // One that is an error without a share (duo) gets sparsity=0.5.
  [[nodiscard]] PolicySpec switched(const PolicySpec& from, std::string_view name) const;

 private:
  std::map<std::string, PolicySpec, std::less<>> last_;
};

// Whether the policy, as it is by default or else in its own example, decides nothing without
// attention: such a policy needs a trace. Asked once per policy, then known.
[[nodiscard]] bool needs_trace(const PolicyDescriptor& policy);

}  // namespace kvfoot::gui
