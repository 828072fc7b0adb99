// The one file that speaks MPI. MPI's own errors end the job, as is its default: rank 0 has written
// down whatever was finished.
#define OMPI_SKIP_MPICXX 1
#define MPICH_SKIP_MPICXX 1
#include <mpi.h>

#include <climits>
#include <string_view>

#include "cli/mpi/module.hpp"
#include "cli/version.hpp"

namespace kvfoot::cli {
namespace {

class Messages final : public MpiMessenger {
 public:
  Messages() {
    // Only the main thread calls.
    int provided = 0;
    MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &provided);
    KVFOOT_CHECK(provided >= MPI_THREAD_FUNNELED, "this MPI library does not bear threads");
    MPI_Comm_rank(MPI_COMM_WORLD, &rank_);
    MPI_Comm_size(MPI_COMM_WORLD, &size_);
    MPI_Comm here = MPI_COMM_NULL;
    MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, rank_, MPI_INFO_NULL, &here);
    MPI_Comm_size(here, &ranks_here_);
    MPI_Comm_free(&here);
  }
  ~Messages() override { MPI_Finalize(); }
  Messages(const Messages&) = delete;
  Messages& operator=(const Messages&) = delete;

  [[nodiscard]] int rank() const override { return rank_; }
  [[nodiscard]] int size() const override { return size_; }
  [[nodiscard]] int ranks_here() const override { return ranks_here_; }
  [[nodiscard]] std::string host() const override {
    char name[MPI_MAX_PROCESSOR_NAME] = {};
    int length = 0;
    MPI_Get_processor_name(name, &length);
    return {name, static_cast<std::size_t>(length)};
  }

  void send(int to, const std::string& text) override {
    KVFOOT_CHECK(text.size() <= INT_MAX, "a batch of a sweep is small");
    MPI_Send(text.data(), static_cast<int>(text.size()), MPI_CHAR, to, 0, MPI_COMM_WORLD);
  }

  [[nodiscard]] std::optional<Message> receive() override {
    int there = 0;
    MPI_Status status{};
    MPI_Iprobe(MPI_ANY_SOURCE, 0, MPI_COMM_WORLD, &there, &status);
    if (there == 0) {
      return std::nullopt;
    }
    int length = 0;
    MPI_Get_count(&status, MPI_CHAR, &length);
    Message message{status.MPI_SOURCE, std::string(static_cast<std::size_t>(length), '\0')};
    MPI_Recv(message.text.data(), length, MPI_CHAR, message.from, 0, MPI_COMM_WORLD,
             MPI_STATUS_IGNORE);
    return message;
  }

 private:
  int rank_ = 0;
  int size_ = 1;
  int ranks_here_ = 1;
};

}  // namespace
}  // namespace kvfoot::cli

extern "C" kvfoot::cli::MpiMessenger* kvfoot_join_mpi(const char* version) {
  using namespace kvfoot::cli;
  return std::string_view(version) == kVersionText ? new Messages : nullptr;
}
