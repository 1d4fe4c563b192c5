// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/files.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <filesystem>

#include "core/base/copy_file.h"
#include "core/base/error.h"
#include "tests/core/base/temporary_folder.h"

namespace headroom {
namespace {

using test::messageOf;
using test::TemporaryFolder;
using testing::HasSubstr;

size_t filesIn(const TemporaryFolder& folder) {
  size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) count += entry.exists() ? 1 : 0;
  return count;
}

TEST(InputFile, readsAtAnyPlaceAndSaysWhereItEnds) {
  const TemporaryFolder folder;
  const InputFile file(folder.write("a", "0123456789"));
  EXPECT_EQ(file.size(), 10);
  std::array<std::byte, 4> part{};
  file.readAt(3, part);
  EXPECT_EQ(static_cast<char>(part[0]), '3');
  EXPECT_THAT(messageOf<Error>([&] { file.readAt(8, part); }), HasSubstr("ends at byte 10, expected 12"));
}

TEST(InputFile, aFileCutShortWhileOpenIsAnErrorAndNoCrash) {
  const TemporaryFolder folder;
  const std::string path = folder.write("a", "0123456789");
  const InputFile file(path);
  ASSERT_EQ(::truncate(path.c_str(), 2), 0);
  std::array<std::byte, 10> all{};
  EXPECT_THROW(file.readAt(0, all), Error);
}

TEST(InputFile, refusesMissingFilesAndFolders) {
  const TemporaryFolder folder;
  EXPECT_THAT(messageOf<Error>([&] { InputFile file(folder.file("none")); }), HasSubstr("No such file"));
  EXPECT_THAT(messageOf<Error>([&] { InputFile file(folder.path()); }), HasSubstr("no regular file"));
  EXPECT_THAT(messageOf<Error>([&] { (void)readTextFile(folder.write("a", "0123"), 3); }), HasSubstr("at most 3"));
}

TEST(InputFile, refusesAPipeWithoutWaitingForItsWriter) {
  const TemporaryFolder folder;
  ASSERT_EQ(::mkfifo(folder.file("pipe").c_str(), 0600), 0);
  EXPECT_THAT(messageOf<Error>([&] { InputFile file(folder.file("pipe")); }), HasSubstr("no regular file"));
}

TEST(AtomicFile, appearsOnlyWhenCommitted) {
  const TemporaryFolder folder;
  {
    AtomicFile file(folder.file("a"));
    file.write("half");
  }
  EXPECT_EQ(filesIn(folder), 0u);
  writeFileAtomically(folder.file("a"), "whole");
  EXPECT_EQ(readTextFile(folder.file("a")), "whole");
  EXPECT_EQ(filesIn(folder), 1u);
}

TEST(AtomicFile, anAbandonedWriteKeepsTheOldFile) {
  const TemporaryFolder folder;
  const std::string path = folder.write("a", "old");
  {
    AtomicFile file(path);
    file.write("new");
  }
  EXPECT_EQ(readTextFile(path), "old");
}

TEST(AtomicFile, saysWhyItCannotWrite) {
  const TemporaryFolder folder;
  folder.write("a", "");
  EXPECT_THAT(messageOf<Error>([&] { AtomicFile file(folder.file("a/b")); }), HasSubstr("Not a directory"));
}

TEST(AtomicFile, aPipeIsWrittenIntoAndStays) {
  const TemporaryFolder folder;
  const std::string pipe = folder.file("pipe");
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_FALSE(messageOf<Error>([&] { AtomicFile file(pipe); }).empty()) << "nobody reads it";
  const int reader = ::open(pipe.c_str(), O_RDONLY | O_NONBLOCK);
  writeFileAtomically(pipe, "whole");
  std::array<char, 8> text{};
  EXPECT_EQ(::read(reader, text.data(), text.size()), 5);
  EXPECT_STREQ(text.data(), "whole");
  ::close(reader);
  EXPECT_TRUE(std::filesystem::is_fifo(pipe));
  EXPECT_EQ(filesIn(folder), 1u);
}

TEST(AtomicFile, aFullDeviceIsAnErrorWithARemedyAndStays) {
  const TemporaryFolder folder;
  const std::string link = folder.file("link");  // a test that fails replaces only the link
  std::filesystem::create_symlink("/dev/full", link);
  EXPECT_THAT(messageOf<Error>([&] { writeFileAtomically(link, "x"); }),
              HasSubstr("No space left on device; make room"));
  EXPECT_TRUE(std::filesystem::is_symlink(link));
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/full"));
}

TEST(AtomicFile, aLinkStaysAndTheFileBehindItIsWritten) {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder.file("real"));
  std::filesystem::create_symlink("real/a", folder.file("one"));
  std::filesystem::create_symlink("one", folder.file("two"));
  for (const char* text : {"first", "second"}) {  // the file is not there yet, then it is
    writeFileAtomically(folder.file("two"), text);
    EXPECT_EQ(readTextFile(folder.file("real/a")), text);
  }
  EXPECT_TRUE(std::filesystem::is_symlink(folder.file("one")));
  EXPECT_TRUE(std::filesystem::is_symlink(folder.file("two")));
  std::filesystem::create_symlink("loop", folder.file("loop"));
  EXPECT_THAT(messageOf<Error>([&] { AtomicFile file(folder.file("loop")); }), HasSubstr("symbolic links"));
}

TEST(CopyFile, copiesEveryByteOrNothing) {
  const TemporaryFolder folder;
  const std::string large((1 << 20) + 7, 'x');  // longer than one buffer
  copyFile(folder.write("a", large), folder.file("b"));
  EXPECT_EQ(readTextFile(folder.file("b")), large);
  EXPECT_THAT(messageOf<Error>([&] { copyFile(folder.file("a"), "/dev/full"); }), HasSubstr("No space left"));
}

TEST(Sha256, equalsThePublishedDigests) {
  const TemporaryFolder folder;
  EXPECT_EQ(sha256OfFile(folder.write("a", "abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256OfFile(folder.write("b", "")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  const std::string large((1 << 20) + 7, 'x');  // longer than one buffer
  Sha256 digest;
  digest.update(large);
  EXPECT_EQ(sha256OfFile(folder.write("c", large)), digest.hex());
}

}  // namespace
}  // namespace headroom
