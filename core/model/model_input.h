// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/torch_api.h"

namespace headroom {

/// One batch. Which members are needed depends on the model: ids for encoders and decoders, ids and decoderIds for
/// encoder-decoders, pixels for images. Masks are 1 = token, 0 = padding; undefined = no padding.
struct ModelInput {
  torch::Tensor ids;          ///< int64 [batch, length]
  torch::Tensor mask;         ///< int64 [batch, length]
  torch::Tensor types;        ///< int64 [batch, length]; undefined = all 0
  torch::Tensor decoderIds;   ///< int64 [batch, decoder length]
  torch::Tensor decoderMask;  ///< int64 [batch, decoder length]
  torch::Tensor pixels;       ///< float [batch, channels, side, side], normalised

  [[nodiscard]] std::int64_t rows() const { return ids.defined() ? ids.size(0) : pixels.size(0); }
  /// Rows from `first`, `count` of them, of everything that is there.
  [[nodiscard]] ModelInput narrow(std::int64_t first, std::int64_t count) const {
    const auto cut = [&](const torch::Tensor& x) { return x.defined() ? x.narrow(0, first, count) : x; };
    return {cut(ids), cut(mask), cut(types), cut(decoderIds), cut(decoderMask), cut(pixels)};
  }
  /// Pixels in another element type; everything else is whole numbers.
  [[nodiscard]] ModelInput to(torch::ScalarType type) const {
    ModelInput other = *this;
    if (pixels.defined()) other.pixels = pixels.to(type);
    return other;
  }
};

}  // namespace headroom
