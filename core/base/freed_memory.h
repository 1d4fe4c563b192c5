// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace headroom {

/// Asks the C library to keep freed memory, up to half a gigabyte, for the next use. The activations of a large model
/// are freed and asked for again layer by layer, and fetching their pages anew from the system each time takes longer
/// than computing some of them. Belongs at the very start of a program, before it has threads. Does nothing where the
/// C library is not glibc.
void keepFreedMemory();

}  // namespace headroom
