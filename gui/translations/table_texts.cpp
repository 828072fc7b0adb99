// Texts of sim/ that the window shows, for lupdate alone: this file is not compiled. A new policy,
// parameter, metric or segment needs its line here; tests/gui/translation_test.cpp names those that
// are missing.
#include <QtGlobal>

// Summaries of policies.
QT_TRANSLATE_NOOP("Policy", "full attention, nothing is evicted")
QT_TRANSLATE_NOOP("Policy", "attention sinks and a recent window on every head")
QT_TRANSLATE_NOOP("Policy",
                  "streaming heads keep sinks and a window, retrieval heads everything (or rest=)")
QT_TRANSLATE_NOOP("Policy",
                  "the last rows of a pass vote, pooled; uniform budget over layers and heads")
QT_TRANSLATE_NOOP("Policy",
                  "SnapKV's votes with budgets that shrink from the first layer to the last")
QT_TRANSLATE_NOOP("Policy", "heavy hitters by accumulated attention, and a recent window")
QT_TRANSLATE_NOOP("Policy", "the last row votes for the whole layer; no token is protected")
QT_TRANSLATE_NOOP("Policy",
                  "a seeded hash chooses: the floor under every schedule with the same counts")
QT_TRANSLATE_NOOP("Policy",
                  "keeps what later rows attend to most; only replays of a full trace know that")

// Where they come from.
QT_TRANSLATE_NOOP("Policy", "the baseline")
QT_TRANSLATE_NOOP("Policy", "baseline")
QT_TRANSLATE_NOOP("Policy", "StreamingLLM, arXiv 2309.17453")
QT_TRANSLATE_NOOP("Policy", "DuoAttention, arXiv 2410.10819; PruLong, arXiv 2506.17121")
QT_TRANSLATE_NOOP("Policy", "SnapKV, arXiv 2404.14469")
QT_TRANSLATE_NOOP("Policy", "PyramidKV, arXiv 2406.02069")
QT_TRANSLATE_NOOP("Policy", "H2O, arXiv 2306.14048")
QT_TRANSLATE_NOOP("Policy", "TOVA, arXiv 2401.06104")
QT_TRANSLATE_NOOP("Policy", "after Belady, IBM Systems Journal 5(2), 1966")

// Help of parameters.
QT_TRANSLATE_NOOP("Policy", "first tokens, kept for good")
QT_TRANSLATE_NOOP("Policy", "last tokens, kept after each pass")
QT_TRANSLATE_NOOP("Policy", "true: rotate keys at their index in the cache, as StreamingLLM does")
QT_TRANSLATE_NOOP("Policy", "chunk: after every pass; end: not before the last prefill pass")
QT_TRANSLATE_NOOP("Policy", "share of heads that stream")
QT_TRANSLATE_NOOP("Policy",
                  "table of [layers][KV heads]: a 0/1 mask (1 retrieves), or gates with sparsity=")
QT_TRANSLATE_NOOP("Policy", "first tokens that streaming heads keep")
QT_TRANSLATE_NOOP("Policy", "last tokens that streaming heads keep after a pass")
QT_TRANSLATE_NOOP("Policy", "exact: int(M(1-s)) retrieval heads; duo: DuoAttention's quantile")
QT_TRANSLATE_NOOP(
    "Policy", "when streaming heads are trimmed: after every pass, or from the last prefill pass")
QT_TRANSLATE_NOOP("Policy", "policy of the retrieval heads; comes last")
QT_TRANSLATE_NOOP("Policy", "share of each chunk (evict=end: of the prompt) that is evicted")
QT_TRANSLATE_NOOP("Policy",
                  "tokens kept per stream of the whole prompt, shared out over chunks by length")
QT_TRANSLATE_NOOP("Policy", "bytes kept of the whole prompt, all streams together")
QT_TRANSLATE_NOOP("Policy", "last rows of a pass, which vote and are kept")
QT_TRANSLATE_NOOP("Policy", "pooling width over candidates, odd")
QT_TRANSLATE_NOOP("Policy", "pooling of the votes")
QT_TRANSLATE_NOOP("Policy", "mean: one set per KV head; none: a copy and a set per query head")
QT_TRANSLATE_NOOP("Policy",
                  "append the prompt's last rows to every chunk but the last; they vote, then go")
QT_TRANSLATE_NOOP("Policy", "chunk: after every prefill pass; end: once, over the whole prompt")
QT_TRANSLATE_NOOP("Policy", "how steep: the last layer keeps about 1/beta of base")
QT_TRANSLATE_NOOP("Policy", "entries kept by accumulated mass")
QT_TRANSLATE_NOOP("Policy", "last entries, always kept")
QT_TRANSLATE_NOOP("Policy", "evicted share of the prompt; what is left is split in half")
QT_TRANSLATE_NOOP("Policy", "heavy + recent, split in half")
QT_TRANSLATE_NOOP("Policy", "bytes of all streams together, split in half")
QT_TRANSLATE_NOOP("Policy", "entries kept per stream")
QT_TRANSLATE_NOOP("Policy", "evicted share of the prompt; what is left is the size of the cache")
QT_TRANSLATE_NOOP("Policy", "bytes of all streams together")
QT_TRANSLATE_NOOP("Policy",
                  "share of each chunk (evict=end, cap=true: of the prompt) that is evicted")
QT_TRANSLATE_NOOP(
    "Policy", "true: the budget is the size of the cache, prompt and output, as for h2o and tova")

// sim/report/metric_table.cpp
QT_TRANSLATE_NOOP("Metric", "Rows")
QT_TRANSLATE_NOOP("Metric", "Patch rows")
QT_TRANSLATE_NOOP("Metric", "KV footprint")
QT_TRANSLATE_NOOP("Metric", "KV footprint, native")
QT_TRANSLATE_NOOP("Metric", "Peak residency")
QT_TRANSLATE_NOOP("Metric", "Peak entries")
QT_TRANSLATE_NOOP("Metric", "Entry rows")
QT_TRANSLATE_NOOP("Metric", "Peak KV")
QT_TRANSLATE_NOOP("Metric", "Peak KV, whole pass")
QT_TRANSLATE_NOOP("Metric", "Peak KV, empty")
QT_TRANSLATE_NOOP("Metric", "Peak memory")
QT_TRANSLATE_NOOP("Metric", "Peak memory, weights")
QT_TRANSLATE_NOOP("Metric", "Peak memory, KV")
QT_TRANSLATE_NOOP("Metric", "Peak memory, activations")
QT_TRANSLATE_NOOP("Metric", "Peak memory, workspace")
QT_TRANSLATE_NOOP("Metric", "Peak memory, logits")
QT_TRANSLATE_NOOP("Metric", "KV rent")
QT_TRANSLATE_NOOP("Metric", "Time to first token")
QT_TRANSLATE_NOOP("Metric", "Time per output token")
QT_TRANSLATE_NOOP("Metric", "Total time")
QT_TRANSLATE_NOOP("Metric", "Retained mass")
QT_TRANSLATE_NOOP("Metric", "Retained mass, decode")
QT_TRANSLATE_NOOP("Metric", "Retained mass, p5")

// sim/report/plot_timeline.cpp
QT_TRANSLATE_NOOP("Plot", "Row (query position)")
QT_TRANSLATE_NOOP("Plot", "KV entries, all streams")
QT_TRANSLATE_NOOP("Plot", "KV entries per stream, mean")
QT_TRANSLATE_NOOP("Plot", "KV entries")
QT_TRANSLATE_NOOP("Plot", "KV entries, of full attention's at the end")

// Segments of the tasks' prompts (executor/task), as traces name them.
QT_TRANSLATE_NOOP("Segment", "needle")
QT_TRANSLATE_NOOP("Segment", "question")
QT_TRANSLATE_NOOP("Segment", "distractor")
QT_TRANSLATE_NOOP("Segment", "instruction")
QT_TRANSLATE_NOOP("Segment", "copied")
