// plot_gallery FOLDER: draws every plot kind in every format and theme, to be looked at.
#include <cstdio>
#include <string>

#include "gui/plots/save.hpp"
#include "tests/plots/samples.hpp"

int main(int argc, char** argv) {
  using namespace kvfoot::plots;
  if (argc != 2) {
    std::fprintf(stderr, "usage: plot_gallery FOLDER\n");
    return 2;
  }
  const std::string folder = argv[1];
  bool failed = false;
  const auto draw = [&](const std::string& name, const PlotSpec& spec, PlotOptions options = {}) {
    for (const char* extension : {".png", ".svg", ".pdf"}) {
      if (const auto status = save_plot(spec, folder + "/" + name + extension, options); !status) {
        std::fprintf(stderr, "error: %s\n", status.error().message().c_str());
        failed = true;
      }
    }
  };
  PlotOptions dark;
  dark.look = Look::kDark;
  PlotOptions tiny;
  tiny.width = 160;
  tiny.height = 100;
  PlotOptions column;  // one column of a paper
  column.width = 330;
  column.height = 230;
  draw("timeline", samples::timeline(131072, 8192, 32768, 0.3));
  draw("timeline_dark", samples::timeline(131072, 8192, 32768, 0.3), dark);
  draw("timeline_many_chunks", samples::timeline(131072, 1024, 2048, 0.3));
  draw("timeline_short", samples::timeline(8, 4, 4, 0.5));
  draw("timeline_column", samples::timeline(131072, 8192, 32768, 0.3), column);
  draw("lines_chunk", samples::lines_over_chunk());
  draw("lines_chunk_dark", samples::lines_over_chunk(), dark);
  draw("lines_chunk_column", samples::lines_over_chunk(), column);
  draw("lines_chunk_tiny", samples::lines_over_chunk(), tiny);
  draw("lines_score", samples::lines_over_budget(false));
  draw("lines_long_names", samples::lines_over_budget(true));
  draw("one_point", samples::one_point());
  draw("heat_32x8", samples::heat_map(32, 8));
  draw("heat_32x8_dark", samples::heat_map(32, 8), dark);
  draw("heat_4x4", samples::heat_map(4, 4));
  draw("heat_1x1", samples::heat_map(1, 1));
  draw("heat_80x64", samples::heat_map(80, 64));
  draw("heat_8x32", samples::heat_map(8, 32));
  draw("state_128k", samples::state_map({}));
  draw("state_128k_dark", samples::state_map({}), dark);
  draw("state_small", samples::state_map_with_inactive());
  draw("state_medium", samples::state_map({512, 128, 128, 8, 64}));
  draw("bars", samples::bars());
  return failed ? 1 : 0;
}
