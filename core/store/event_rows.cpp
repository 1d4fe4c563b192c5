// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/event_rows.h"

#include <algorithm>

#include "core/store/run_schema.h"

namespace headroom {

namespace {

std::vector<std::string> splitHeads(const std::vector<int>& heads) {
  std::vector<std::string> pieces;
  std::string piece;
  for (const int head : heads) {
    const std::string digits = std::to_string(head);
    if (!piece.empty() && piece.size() + digits.size() + 2 > kEventHeadsBytes) {
      pieces.push_back(piece + "]");
      piece.clear();
    }
    piece += (piece.empty() ? "[" : ",") + digits;
  }
  if (!piece.empty()) pieces.push_back(piece + "]");
  return pieces;
}

/// Cuts between characters, so that every row is valid UTF-8 by itself.
std::vector<std::string> splitText(const std::string& text) {
  std::vector<std::string> pieces;
  for (size_t begin = 0; begin < text.size();) {
    size_t end = std::min(begin + kEventTextBytes, text.size());
    const auto insideCharacter = [&] { return (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80; };
    const size_t limit = end;
    while (end < text.size() && end > begin && limit - end < 4 && insideCharacter()) --end;
    if (end == begin) end = limit;
    pieces.push_back(text.substr(begin, end - begin));
    begin = end;
  }
  return pieces;
}

}  // namespace

EventRows splitEvents(std::span<const TrainEvent> events) {
  EventRows rows;
  for (const TrainEvent& event : events) {
    std::vector<std::string> heads = splitHeads(event.heads);
    std::vector<std::string> text = splitText(event.text);
    const size_t parts = std::max({heads.size(), text.size(), size_t{1}});
    heads.resize(parts);
    text.resize(parts);
    for (size_t part = 0; part < parts; ++part) {
      rows.step.push_back(event.step);
      rows.part.push_back(static_cast<std::int64_t>(part));
      rows.parts.push_back(static_cast<std::int64_t>(parts));
      rows.kind.emplace_back(eventName(event.kind));
      rows.heads.push_back(std::move(heads[part]));
      rows.text.push_back(std::move(text[part]));
    }
  }
  return rows;
}

}  // namespace headroom
