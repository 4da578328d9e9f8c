/* Instead of the kernels of the fastest instruction set: those of generic, but for one bit of every
 * gradient. The linker takes these tables and leaves those of the library where they are. */
#include "dispatch.h"

extern const rs_kernel rs_kernel_generic_f32, rs_kernel_generic_f64;

/* Constant for all others, which see rs_kernel_*_f* of the library's declaration. */
#if defined(__x86_64__)
rs_kernel rs_kernel_avx512_f32, rs_kernel_avx512_f64, rs_kernel_avx2_f32, rs_kernel_avx2_f64;
static rs_kernel *const single[] = {&rs_kernel_avx512_f32, &rs_kernel_avx2_f32};
static rs_kernel *const wide[] = {&rs_kernel_avx512_f64, &rs_kernel_avx2_f64};
#else
rs_kernel rs_kernel_neon_f32, rs_kernel_neon_f64;
static rs_kernel *const single[] = {&rs_kernel_neon_f32};
static rs_kernel *const wide[] = {&rs_kernel_neon_f64};
#endif

static void wrong_gradient(void *scratch, const rs_network *network, const void *parameters,
                           const rs_minibatch *batch, void *gradient, double *loss)
{
    rs_kernel_generic_f32.gradient(scratch, network, parameters, batch, gradient, loss);
    *(uint32_t *)gradient ^= 1;
}

__attribute__((constructor)) static void break_kernels(void)
{
    for (size_t i = 0; i < sizeof single / sizeof single[0]; i++) {
        *single[i] = rs_kernel_generic_f32;
        single[i]->gradient = wrong_gradient;
        *wide[i] = rs_kernel_generic_f64;
    }
}
