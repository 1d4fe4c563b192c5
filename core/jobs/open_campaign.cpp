// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/jobs/open_campaign.h"

#include "core/jobs/workspace_state.h"
#include "core/store/campaign_folder.h"

namespace headroom {

Comparison openCampaign(Workspace& workspace, const std::string& path) {
  Workspace::State& state = workspace.state();
  Comparison comparison = readCampaign(path, state.requireOpened().layout());
  comparison.ofOtherModel = !comparison.modelSha256.empty() && comparison.modelSha256 != state.sha256OfOpened();
  return comparison;
}

}  // namespace headroom
