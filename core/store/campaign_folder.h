// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>

#include "core/base/comparison.h"

namespace headroom {

/// A campaign's folder: campaign.json says what is compared on what, cells/NAME.json is one finished cell each. Files
/// appear whole.
class CampaignFolder {
 public:
  /// Makes the folder, or goes on in one that holds this very campaign; throws Error(BadInput) when it holds another
  /// one or anything else. `identity`: model, data and settings, as text; cells may differ from visit to visit.
  CampaignFolder(std::string path, const std::string& identity);

  /// What is known of a cell; absent when it was never finished. A failed one is given back as it failed.
  [[nodiscard]] std::optional<CompareCell> find(const CompareCell& cell, const HeadLayout& layout) const;
  void write(const CompareCell& cell) const;
  /// A file or folder of the campaign by name: "compare.csv", "runs".
  [[nodiscard]] std::string file(const std::string& name) const;

 private:
  std::string m_path;
};

}  // namespace headroom
