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

/// A campaign as its folder has it, whoever computed it: every cell that is written there, failed ones too, of a model
/// with this layout. Nothing is written. The unpruned model's score follows from a cell's difference to it; its
/// interval is not kept. Throws Error(BadInput) where the folder is no campaign, Error(BadFile) where a cell is damaged
/// or of other heads.
[[nodiscard]] Comparison readCampaign(const std::string& path, const HeadLayout& layout);

}  // namespace headroom
