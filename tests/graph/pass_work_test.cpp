// FLOPs and bytes against counts made by hand.
#include "sim/graph/pass_work.hpp"

#include <gtest/gtest.h>

#include "tests/graph/small_pass.hpp"

namespace kvfoot {

void PrintTo(const Work& work, std::ostream* out) {
  *out << work.flops << " FLOP, " << work.read << " B read, " << work.written << " B written";
}

namespace {

TEST(PassWork, SmallModelThreeRowsAfterFive) {
  const PassModel model = small_model();
  const SmallPass pass(model, 5, 3);
  const auto row = [&](OperatorKind kind) { return row_work(model, pass.load, kind, 0); };
  EXPECT_EQ(row(OperatorKind::kUpload), (Work{0, 0, 12}));
  EXPECT_EQ(row(OperatorKind::kEmbed), (Work{0, 3 * (8 * 2 + 4), 48}));
  EXPECT_EQ(row(OperatorKind::kNorm), (Work{96, 64, 48}));
  // W is (8 + 4 + 4, 8).
  EXPECT_EQ(row(OperatorKind::kQkv), (Work{2 * 3 * 8 * 16, (128 + 24) * 2, 96}));
  // Rotates 8 + 4 of each row's 16 values; writes q and three entries of 16 bytes.
  EXPECT_EQ(row(OperatorKind::kRopeAppend), (Work{108, 96, 48 + 48}));
  EXPECT_EQ(row(OperatorKind::kOutput), (Work{2 * 3 * 8 * 8, (64 + 24 + 24) * 2, 48}));
  EXPECT_EQ(row(OperatorKind::kMlpNorm), (Work{96, 64, 48}));
  EXPECT_EQ(row(OperatorKind::kGateUp), (Work{2 * 3 * 8 * 32, (256 + 24) * 2, 192}));
  EXPECT_EQ(row(OperatorKind::kSwiGlu), (Work{240, 192, 96}));
  EXPECT_EQ(row(OperatorKind::kDown), (Work{2 * 3 * 16 * 8, (128 + 48 + 24) * 2, 48}));
  EXPECT_EQ(row(OperatorKind::kFinalNorm), (Work{32, 32, 16}));
  EXPECT_EQ(row(OperatorKind::kLogits), (Work{160, (80 + 8) * 2, 40}));
  EXPECT_EQ(row(OperatorKind::kSample), (Work{10, 40, 4}));
  EXPECT_EQ(row(OperatorKind::kDownload), (Work{0, 4, 0}));

  // Rows see 6, 7 and 8 keys: 21 pairs in each of two query heads, four FLOP per dimension.
  EXPECT_EQ(attention_pairs(model, 3, 0, pass.layers[0]), 42);
  EXPECT_EQ(layer_work(model, pass.load, OperatorKind::kAttention, 0, pass.layers[0]),
            (Work{4 * 4 * 42, 48 + 8 * 16, 48}));
}

TEST(PassWork, ABatchMultipliesRowsInProductsAndEverythingInAttention) {
  PassModel model = small_model();
  const SmallPass pass(model, 5, 3);
  const Work alone = layer_work(model, pass.load, OperatorKind::kAttention, 0, pass.layers[0]);
  model.batch = 4;
  const auto row = [&](OperatorKind kind) { return row_work(model, pass.load, kind, 0); };
  // Twelve rows against one read of W.
  EXPECT_EQ(row(OperatorKind::kQkv), (Work{2 * 12 * 8 * 16, (128 + 96) * 2, 384}));
  EXPECT_EQ(row(OperatorKind::kLogits), (Work{4 * 160, (80 + 32) * 2, 160}));
  EXPECT_EQ(row(OperatorKind::kSample), (Work{40, 160, 16}));
  EXPECT_EQ(row(OperatorKind::kRopeAppend), (Work{4 * 108, 4 * 96, 4 * 96}));
  EXPECT_EQ(layer_work(model, pass.load, OperatorKind::kAttention, 0, pass.layers[0]),
            (Work{4 * alone.flops, 4 * alone.read, 4 * alone.written}));
  EXPECT_EQ(model.page_bytes(), 4 * 4 * 16);
  // 12 rows still cut their keys into pieces, 24 do not.
  EXPECT_EQ(attention_workspace(model, 12, {}), 4 * (24 + 32 * 24 * 6));
  EXPECT_EQ(attention_workspace(model, 24, {}), 4 * 48);
}

// Entries of 16 bytes; Quest looks at the smallest and the largest key of each page.
TEST(PassWork, AttentionReadsWhatTheLayoutStores) {
  PassModel model = small_model();
  model.layout.quant = *parse_kv_quant("kivi:bits=2,group=4,residual=4");
  SmallPass pass(model, 8, 3);
  pass.layers[0].read_before = 77;
  const Work attention = layer_work(model, pass.load, OperatorKind::kAttention, 0, pass.layers[0]);
  EXPECT_EQ(attention, (Work{16 * 2 * (9 + 10 + 11), 48 + 77 + 3 * 16, 48}));
  // Three entries of eight values, read in full and written as codes.
  EXPECT_EQ(row_work(model, pass.load, OperatorKind::kQuantise, 0), (Work{4 * 24, 48, 48}));
  model.layout.copies = KvCopies::kQuery;  // two query heads per cache
  EXPECT_EQ(layer_work(model, pass.load, OperatorKind::kAttention, 0, pass.layers[0]),
            (Work{attention.flops, 48 + 2 * (77 + 3 * 16), 48}));

  PassModel quest = small_model();
  quest.layout.index = *parse_kv_index("quest:page=4,budget=8,dense=0");
  SmallPass row(quest, 100, 1);
  row.decode();
  row.layers[0].read_before = 25 * 16 + 2 * 8 * 16;
  row.layers[0].selected_pairs = 2 * (8 + 25);
  EXPECT_EQ(layer_work(quest, row.load, OperatorKind::kAttention, 0, row.layers[0]),
            (Work{16 * 2 * (8 + 25 + 1), 16 + 25 * 16 + 2 * 8 * 16 + 16, 16}));
}

TEST(PassWork, AllLogitsCostRowTimesVocabulary) {
  PassModel model = small_model();
  model.logits = LogitsRows::kAll;
  const SmallPass pass(model, 0, 3);
  EXPECT_EQ(row_work(model, pass.load, OperatorKind::kLogits, 0), (Work{480, (80 + 24) * 2, 120}));
}

TEST(PassWork, QueryHeadCopiesMoveMoreBytesAndComputeTheSame) {
  PassModel model = small_model();
  const SmallPass shared(model, 5, 3);
  const Work before = layer_work(model, shared.load, OperatorKind::kAttention, 0, shared.layers[0]);
  model.storage_heads = 2;
  const SmallPass copies(model, 5, 3);
  const Work after = layer_work(model, copies.load, OperatorKind::kAttention, 0, copies.layers[0]);
  EXPECT_EQ(after.flops, before.flops);
  EXPECT_EQ(after.read, before.read + 8 * 16);
}

TEST(PassWork, RaggedStreamsCostTheirSum) {
  PassModel model = small_model();
  model.shape.kv_heads = 2;
  model.storage_heads = 2;
  SmallPass pass(model, 0, 2);
  pass.layers[0].before = 7 + 1;  // one long, one short stream
  // Rows see 7 + 1, 7 + 2 keys in one head and 1 + 1, 1 + 2 in the other.
  EXPECT_EQ(attention_pairs(model, 2, 0, pass.layers[0]), 8 + 9 + 2 + 3);
  EXPECT_EQ(layer_work(model, pass.load, OperatorKind::kAttention, 0, pass.layers[0]).flops,
            16 * 22);
}

TEST(PassWork, ScoringAndEvictionAreCharged) {
  PassModel model = small_model();
  model.needs = {.window = 2, .in_prefill = true};
  SmallPass pass(model, 5, 3);
  EXPECT_FALSE(scores(model, pass.load, 0));
  pass.load.decides = true;
  ASSERT_TRUE(scores(model, pass.load, 0));
  // Two voters over eight keys in two query heads: 2 * 4 + 1 FLOP each.
  const auto score = [&] {
    return layer_work(model, pass.load, OperatorKind::kScore, 0, pass.layers[0]);
  };
  EXPECT_EQ(score(), (Work{9 * 2 * 8 * 2, 8 * 8 + 2 * 16, 8 * 2 * 4}));
  EXPECT_EQ(score_workspace(model, pass.load, pass.layers[0]), 8 * 3 * 4);
  model.votes_over_pass = true;  // three keys
  EXPECT_EQ(score(), (Work{9 * 2 * 3 * 2, 3 * 8 + 2 * 16, 3 * 2 * 4}));
  pass.load.pass.phase = Phase::kDecode;
  EXPECT_FALSE(scores(model, pass.load, 0)) << "asks after prefill passes only";

  pass.layers[0].moved = 6;
  EXPECT_EQ(layer_work(model, pass.load, OperatorKind::kEvict, 0, pass.layers[0]),
            (Work{0, 6 * 16, 6 * 16}));
}

TEST(PassWork, AccumulatorsGrowWithEveryRowWhoeverDecides) {
  PassModel model = small_model();
  model.needs = {.accumulated = true, .in_prefill = true, .in_decode = true};
  const SmallPass pass(model, 5, 3);
  ASSERT_TRUE(scores(model, pass.load, 0));
  EXPECT_EQ(model.state_bytes(), 2 * 4);
  // Every pair once more, keys and accumulators of eight entries, three rows of queries.
  EXPECT_EQ(layer_work(model, pass.load, OperatorKind::kScore, 0, pass.layers[0]),
            (Work{9 * 42, 8 * (8 + 8) + 3 * 16, 8 * 8}));
}

TEST(PassWork, PatchRowsAreRowsOfThePass) {
  const PassModel model = small_model();
  SmallPass pass(model, 5, 3);
  const Work plain = row_work(model, pass.load, OperatorKind::kGateUp, 0);
  pass.load.pass.patch_rows = 2;
  EXPECT_EQ(row_work(model, pass.load, OperatorKind::kGateUp, 0).flops, plain.flops / 3 * 5);
  // 6 + 7 + 8 + 9 + 10 keys.
  EXPECT_EQ(layer_work(model, pass.load, OperatorKind::kAttention, 0, pass.layers[0]).flops,
            16 * 2 * 40);
}

PassModel llama_8b() {
  PassModel model;
  model.shape = *builtin_shape("llama-3.1-8b");
  model.storage_heads = model.shape.kv_heads;
  return model;
}

TEST(PassWork, Llama8BWeights) {
  const ModelShape shape = *builtin_shape("llama-3.1-8b");
  // 4096 x (4096 + 2 x 1024) + 4096 x 4096 + 3 x 4096 x 14336 + 2 x 4096
  EXPECT_EQ(layer_weights(shape, 0), 25'165'824 + 16'777'216 + 176'160'768 + 8'192);
  EXPECT_EQ(all_weights(shape), 8'030'261'248);  // the published number of parameters
  EXPECT_EQ(all_weights(*builtin_shape("llama-3.2-1b")), 1'235'814'400);  // tied embeddings
  EXPECT_EQ(all_weights(*builtin_shape("llama-3.1-70b")), 70'553'706'496);
  EXPECT_EQ(all_weights(*builtin_shape("llama-2-7b")), 6'738'415'616);
}

// Against the published numbers of parameters, which leave out biases and per-head norms here.
TEST(PassWork, WeightsOfHybridsAndExperts) {
  const auto billions = [](const char* name) {
    return static_cast<double>(all_weights(*builtin_shape(name))) * 1e-9;
  };
  EXPECT_NEAR(billions("mistral-7b-v0.1"), 7.242, 0.001);
  EXPECT_NEAR(billions("gemma-2-9b"), 9.24, 0.005);
  EXPECT_NEAR(billions("gemma-3-12b"), 11.77, 0.01);  // the text model
  EXPECT_NEAR(billions("gpt-oss-20b"), 20.9, 0.05);
  EXPECT_NEAR(billions("gpt-oss-120b"), 116.8, 0.1);
  EXPECT_NEAR(billions("deepseek-v3"), 671.0, 0.1);
}

TEST(PassWork, WindowsLimitWhatARowSees) {
  PassModel model = small_model();
  model.shape.sliding = {4, "s"};
  const SmallPass pass(model, 2, 5);
  // After two entries, five rows see 3, 4, 4, 4, 4 keys in each of two query heads.
  EXPECT_EQ(attention_pairs(model, 5, 0, pass.layers[0]), 2 * 19);
  EXPECT_EQ(attention_pairs(model, 1, 0, pass.layers[0]), 2 * 3);
  model.needs = {.accumulated = true, .in_prefill = true};
  EXPECT_FALSE(scores(model, pass.load, 0)) << "no policy decides there";
  EXPECT_FALSE(evicts(model, pass.load, 0));
}

TEST(PassWork, LatentAttentionReadsOneRowPerTokenForAllHeads) {
  PassModel model;
  model.shape = *builtin_shape("deepseek-v3");
  model.storage_heads = 1;
  SmallPass pass(model, 8191, 1);
  pass.decode();
  const Work attention = layer_work(model, pass.load, OperatorKind::kAttention, 0, pass.layers[0]);
  // 128 heads over 8192 rows: a product of 576, a mixture of 512.
  EXPECT_EQ(attention.flops, 128LL * 8192 * 2 * (576 + 512));
  // Rows of 576 scalars; queries of 128 x 576 in, 128 x 512 out.
  EXPECT_EQ(attention.read, (8192LL * 576 + 128 * 576) * 2);
  EXPECT_EQ(attention.written, 128 * 512 * 2);
  // 7168 x 1536 + 1536 x 24576 + 7168 x 576, and 128 heads x 128 x 512 into the latent space.
  EXPECT_EQ(row_work(model, pass.load, OperatorKind::kQkv, 0).flops,
            2LL * (11'010'048 + 37'748'736 + 4'128'768 + 8'388'608));
  // 128 heads x 512 x 128 back, 16384 x 7168 out.
  EXPECT_EQ(row_work(model, pass.load, OperatorKind::kOutput, 0).flops,
            2LL * (8'388'608 + 117'440'512));
}

TEST(PassWork, ExpertsAreReadAsFarAsRowsCanChooseThem) {
  PassModel model;
  model.shape = *builtin_shape("deepseek-v3");
  model.storage_heads = 1;
  const auto gate_up = [&](std::int64_t rows, std::int32_t layer) {
    return row_work(model, SmallPass(model, 0, rows).load, OperatorKind::kGateUp, layer);
  };
  constexpr std::int64_t kExpert = 2 * 7168LL * 2048;  // gate and up
  constexpr std::int64_t kRouter = 7168 * 256;
  EXPECT_EQ(gate_up(1, 3).flops, 2 * (9 * kExpert + kRouter));
  EXPECT_EQ(gate_up(1, 3).read, 2 * (9 * kExpert + kRouter + 7168));
  EXPECT_EQ(gate_up(1000, 3).flops, 1000 * 2 * (9 * kExpert + kRouter));
  EXPECT_EQ(gate_up(1000, 3).read, 2 * (257 * kExpert + kRouter + 1000 * 7168));
  EXPECT_EQ(gate_up(1, 2).flops, 2 * 2 * 7168LL * 18432) << "the first three layers are dense";
}

TEST(PassWork, Llama8BDecodesAToken) {
  const PassModel model = llama_8b();
  SmallPass pass(model, 8191, 1);
  pass.decode();
  std::int64_t matmul = 0;
  std::int64_t bytes = 0;
  for (const OperatorKind kind :
       {OperatorKind::kQkv, OperatorKind::kOutput, OperatorKind::kGateUp, OperatorKind::kDown}) {
    matmul += 32 * row_work(model, pass.load, kind, 0).flops;
    bytes += 32 * row_work(model, pass.load, kind, 0).read;
  }
  EXPECT_EQ(matmul, 2LL * 32 * (25'165'824 + 16'777'216 + 176'160'768));
  EXPECT_GE(bytes, 32LL * 2 * (25'165'824 + 16'777'216 + 176'160'768));
  EXPECT_LT(static_cast<double>(bytes), 1.001 * 32 * 2 * (25'165'824 + 16'777'216 + 176'160'768));
  EXPECT_EQ(row_work(model, pass.load, OperatorKind::kLogits, 0).flops, 2LL * 4096 * 128'256);
  const Work attention = layer_work(model, pass.load, OperatorKind::kAttention, 0, pass.layers[0]);
  EXPECT_EQ(attention.flops, 4LL * 128 * 32 * 8192);
  // 8192 entries of 131072 bytes in 32 layers, and the rows of q and of the output.
  EXPECT_EQ(32 * attention.bytes(), 8192LL * 131'072 + 32LL * 2 * 4096 * 2);
}

TEST(PassWork, Llama8BLogitsOfAChunkAreGigabytes) {
  PassModel model = llama_8b();
  model.logits = LogitsRows::kAll;
  const SmallPass pass(model, 0, 32768);
  EXPECT_EQ(row_work(model, pass.load, OperatorKind::kLogits, 0).written, 32768LL * 128'256 * 4);
}

TEST(PassWork, WhatCannotBeCountedIsRefused) {
  RunLengths run;
  run.prompt = 100;
  PassModel model = small_model();
  EXPECT_TRUE(check_model(model, run).ok());
  model.shape.vocab = 0;
  ASSERT_FALSE(check_model(model, run).ok());
  EXPECT_NE(check_model(model, run).error().what.find("vocabulary"), std::string::npos);
  model = small_model();
  model.storage_heads = 3;
  EXPECT_FALSE(check_model(model, run).ok());
  model = llama_8b();
  run.prompt = 2'000'000'000;
  EXPECT_FALSE(check_model(model, run).ok());
  run.prompt = 10'000'000;
  EXPECT_TRUE(check_model(model, run).ok());
}

}  // namespace
}  // namespace kvfoot
