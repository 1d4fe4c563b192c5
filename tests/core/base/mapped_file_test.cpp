// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/mapped_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <filesystem>
#include <numeric>

#include "core/base/error.h"
#include "tests/core/base/temporary_folder.h"

namespace headroom {
namespace {

constexpr std::size_t kSize = 5 * 4096 + 17;

class MappedFiles : public testing::Test {
 protected:
  test::TemporaryFolder folder;
  std::string path = folder.write("data", std::string(kSize, 'x'));
  std::shared_ptr<const MappedFile> mapped = MappedFile::map(InputFile(path));

  [[nodiscard]] static std::string complaint() {
    return test::messageOf<Error>([] { requireMappedFilesIntact(); });
  }
  /// Changes the time that the file was last written to, as a write would at another moment.
  void age() const {
    const timespec times[2]{{1, 0}, {1, 0}};
    ASSERT_EQ(::utimensat(AT_FDCWD, path.c_str(), times, 0), 0);
  }
};

TEST_F(MappedFiles, haveTheFilesBytesAndKeepWhatIsWrittenToThem) {
  ASSERT_TRUE(mapped);
  EXPECT_EQ(mapped->bytes().size(), kSize);
  EXPECT_EQ(static_cast<char>(mapped->bytes()[kSize - 1]), 'x');
  mapped->bytes()[4096] = std::byte{'y'};
  EXPECT_EQ(std::string(kSize, 'x'), [this] {
    std::string text(kSize, '\0');
    InputFile(path).readAt(0, std::as_writable_bytes(std::span(text)));
    return text;
  }());
  EXPECT_EQ(complaint(), "");
}

TEST_F(MappedFiles, releasedPartsComeBackFromTheFile) {
  mapped->bytes()[0] = mapped->bytes()[4096] = std::byte{'y'};
  mapped->release(mapped->bytes().subspan(1, 2 * 4096));  // the second page lies wholly inside
  EXPECT_EQ(static_cast<char>(mapped->bytes()[0]), 'y');
  EXPECT_EQ(static_cast<char>(mapped->bytes()[4096]), 'x');
}

TEST_F(MappedFiles, aFileCutShortReadsAsZerosAndIsSaid) {
  ASSERT_EQ(::truncate(path.c_str(), 4096), 0);
  std::int64_t sum = 0;
  for (const std::byte each : mapped->bytes()) sum += static_cast<std::int64_t>(each);
  EXPECT_EQ(sum, 4096 * 'x');
  const std::string line = complaint();
  EXPECT_TRUE(line.starts_with(path + ": found it changed while its weights were in use, expected")) << line;
  // Growing it again does not bring back what was computed with.
  ASSERT_EQ(::truncate(path.c_str(), kSize), 0);
  EXPECT_NE(complaint(), "");
}

TEST_F(MappedFiles, aFileWrittenToIsSaid) {
  age();
  EXPECT_NE(complaint(), "");
  mapped.reset();
  EXPECT_EQ(complaint(), "") << "nobody uses it any more";
}

TEST_F(MappedFiles, aFileReplacedUnderItsNameStays) {
  std::filesystem::rename(folder.write("other", "new"), path);
  EXPECT_EQ(static_cast<char>(mapped->bytes()[kSize - 1]), 'x');
  EXPECT_EQ(complaint(), "");
}

TEST_F(MappedFiles, emptyFilesAreNotMapped) { EXPECT_FALSE(MappedFile::map(InputFile(folder.write("empty", "")))); }

TEST_F(MappedFiles, otherBusErrorsEndTheProgramAsEver) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        const auto again = MappedFile::map(InputFile(path));
        ::raise(SIGBUS);
        std::exit(0);
      },
      testing::KilledBySignal(SIGBUS), "");
}

}  // namespace
}  // namespace headroom
