// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// One HDF5 file a run: run_schema.h says what is in it, run_writer.h writes it, run_reader.h reads it.
#include "core/store/run_reader.h"
#include "core/store/run_schema.h"
#include "core/store/run_writer.h"
