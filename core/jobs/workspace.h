// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <string>

namespace headroom {

/// Where and how to compute. Throws Error at the workspace for a device or type that is not there.
struct ComputeSettings {
  std::string device = "auto";    ///< auto | cpu | cuda[:N]; auto takes CUDA where LibTorch has it
  std::string dtype = "float32";  ///< float32 | bfloat16 (evaluation only)
  int threads = 0;                ///< 0 = as many as there are cores
};

/// Owns the opened model, the data and what is cached for them. Made, used and destroyed on one thread: the worker's.
class Workspace {
 public:
  explicit Workspace(const ComputeSettings& settings = {});
  ~Workspace();
  Workspace(const Workspace&) = delete;
  Workspace& operator=(const Workspace&) = delete;

  struct State;
  State& state() { return *m_state; }

 private:
  std::unique_ptr<State> m_state;
};

/// What computes here, for the status bar and the run file.
struct DeviceSummary {
  std::string name;       ///< "CPU, 2 threads" or the GPU's name
  std::string libtorch;   ///< version
  std::string blas;       ///< OpenBLAS's own words on how it was built; empty when it is not OpenBLAS
  std::string warning;    ///< e.g. OpenBLAS was built for pthreads; empty when all is well
  double memoryUsed = 0;  ///< bytes on the device; 0 on CPUs
  double memoryTotal = 0;
  std::string dtype = "float32";  ///< that evaluation computes in
  std::string machine{};          ///< host and processor
  int threads = 0;                ///< on the CPU
};
[[nodiscard]] DeviceSummary describeDevice(Workspace& workspace);
/// Evaluates in another element type from here on; what was measured is forgotten. Throws Error for a type that is not
/// there.
void setEvaluationType(Workspace& workspace, const std::string& dtype);

}  // namespace headroom
