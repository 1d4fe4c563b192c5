// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// The part of LibTorch that we use: tensors, their functions, gradients. <torch/torch.h> adds modules, optimisers and
// data loaders, which we have of our own, and takes twice as long to compile.
#include <torch/autograd.h>
#include <torch/cuda.h>
#include <torch/types.h>
#include <torch/utils.h>
#include <torch/version.h>

// Newer calls are guarded by it: an undefined version would silently count as 0.
#ifndef TORCH_VERSION_MAJOR
#error "this LibTorch does not say its version"
#endif
