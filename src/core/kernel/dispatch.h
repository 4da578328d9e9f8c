/* From an instruction set to its kernels. */
#ifndef RS_DISPATCH_H
#define RS_DISPATCH_H

#include "kernel.h"
#include "rnnsweep/rnnsweep.h"

/* Kernel of an instruction set for RS_FLOAT32 or RS_FLOAT64. */
const rs_kernel *rs_isa_kernel(const rs_isa *isa, uint32_t precision);

#endif
