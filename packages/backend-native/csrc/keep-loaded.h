#pragma once

namespace rsdix {

/// Keeps this library in memory until the process ends: Node unloads an addon when the last worker that loaded it ends, while the pool's
/// threads are still running its code.
void keepLoaded();

}  // namespace rsdix
