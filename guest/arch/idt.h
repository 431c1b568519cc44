#pragma once

namespace mayfly::guest {

// Fills the IDT and the TSS descriptor; before the first exception.
void load_descriptor_tables();

}  // namespace mayfly::guest
