// Eigen's matrix product, the yardstick of our own; compiled once per instruction set.
#include <omp.h>

#include <Eigen/Core>

// y (m, n) = x (m, k) w (n, k)^T, all row-major.
void KVFOOT_EIGEN_GEMM(const float* x, const float* w, float* y, long m, long n, long k,
                       int threads) {
  using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  omp_set_num_threads(threads);
  Eigen::setNbThreads(threads);
  Eigen::Map<Matrix>(y, m, n).noalias() =
      Eigen::Map<const Matrix>(x, m, k) * Eigen::Map<const Matrix>(w, n, k).transpose();
}
