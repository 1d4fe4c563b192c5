// SPDX-License-Identifier: GPL-3.0-or-later
// Another program, h5py, reads the run while it grows and after it is closed.

#include <sys/wait.h>

#include <chrono>
#include <iostream>

#include "tests/core/store/run_samples.h"

namespace headroom {
namespace {

constexpr const char* kWatch = R"(
import sys, time, h5py
f = h5py.File(sys.argv[1], 'r', libver='latest', swmr=True)
step, p, task = f['/time/step'], f['/gates/p'], f['/loss/task']
sizes, end = set(), time.time() + 60
while len(sizes) < 5 and time.time() < end:
    step.refresh()
    s = step[:]
    s = s[s >= 0]
    p.refresh(); task.refresh()
    n = len(s)
    assert list(s) == list(range(1, n + 1)), s
    assert p.shape[0] >= n and task.shape[0] >= n
    if n:
        assert abs(p[n - 1, 2] - 1 / (1 + n + 2)) < 1e-6, (n, p[n - 1])
        assert abs(task[n - 1] - 1 / (n + 1)) < 1e-12
        sizes.add(n)
sys.exit(0 if len(sizes) >= 5 else 3)
)";

constexpr const char* kView = R"(
import sys, h5py
def text(v): return v.decode() if isinstance(v, bytes) else str(v)
f = h5py.File(sys.argv[1], 'r')
entry = f[text(f.attrs['default'])]
assert text(entry.attrs['NX_class']) == 'NXentry'
data = entry[text(entry.attrs['default'])]
assert text(data.attrs['NX_class']) == 'NXdata'
signal = data[text(data.attrs['signal'])]
axis = data[text(data.attrs['axes'][0])]
assert signal.shape[0] == axis.shape[0] > 0
assert text(axis.attrs['units']) == 'steps' and text(axis.attrs['long_name'])
assert list(signal.attrs['head']) == [0, 1, 2, 3, 0, 1, 2] and list(signal.attrs['block']) == [0, 0, 0, 0, 2, 2, 2]
assert f.attrs['schema_version'] == 1
longer = []
def check(name, item):
    kind = h5py.check_string_dtype(item.dtype) if isinstance(item, h5py.Dataset) else None
    if kind and kind.length is None: longer.append(name)
f.visititems(check)
assert not longer, longer
assert text(f['/run/status'][()]).rstrip('\0') == 'finished'
)";

/// An interpreter that has h5py, or nothing.
std::string pythonWithH5py() {
  for (const std::string python : {"python3", "/usr/bin/python3"})
    if (std::system((python + " -c 'import h5py' >/dev/null 2>&1").c_str()) == 0) return python;
  return {};
}

pid_t startPython(const std::string& python, const char* script, const std::string& path) {
  const pid_t pid = ::fork();
  if (pid != 0) return pid;
  ::execlp(python.c_str(), python.c_str(), "-c", script, path.c_str(), nullptr);
  ::_exit(127);
}

TEST(RunInH5py, isReadWhileItGrowsAndAfterwards) {
  const std::string python = pythonWithH5py();
  if (python.empty()) GTEST_SKIP() << "python3-h5py is not installed";
  const test::TemporaryFolder folder;
  const std::string path = folder.file("run.h5");
  RunWriter writer = RunWriter::create(path, sampleHeader());
  const pid_t watcher = startPython(python, kWatch, path);
  int status = 0;
  std::int64_t step = 0;
  while (::waitpid(watcher, &status, WNOHANG) == 0 && step < 1'000'000) {
    writer.append(samplePoint(++step));
    if (step % 7 == 0) writer.flush();
  }
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << "after " << step << " steps: " << status;
  writer.setStatus("finished");
  writer.close();
  const pid_t viewer = startPython(python, kView, path);
  ::waitpid(viewer, &status, 0);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
}

}  // namespace
}  // namespace headroom
