#include "elementwise.h"

#include <assert.h>
#include <string.h>

#include "elementwise_list.h" /* written by CMake: X(avx2) for each instruction set of the build */

#define DECLARE(isa) elementwise elementwise_##isa##_f32, elementwise_##isa##_f64;
ELEMENTWISE_LIST(DECLARE)

static const struct row {
    const char *isa;
    elementwise *functions[2];
} rows[] = {
#define ROW(isa) {#isa, {elementwise_##isa##_f32, elementwise_##isa##_f64}},
    ELEMENTWISE_LIST(ROW)};

elementwise *elementwise_of(const rs_isa *isa, uint32_t precision)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (strcmp(rows[i].isa, rs_isa_name(isa)) == 0)
            return rows[i].functions[precision];
    assert(!"an instruction set without its elementwise functions");
    return NULL;
}
