/* Loops over many numbers, for the vectors of the machine. */
#ifndef RS_VECTORISED_H
#define RS_VECTORISED_H

/* A function with this mark is compiled for AVX2 as well, and the program takes that version where
 * the machine has AVX2. Both give the same bits: their arithmetic is of integers, or of real
 * numbers that are rounded one by one. clang, which builds for sanitizers, makes the common version
 * only. */
#if defined(__x86_64__) && !defined(__clang__)
#define RS_VECTORISED __attribute__((target_clones("avx2", "default")))
#else
#define RS_VECTORISED
#endif

#endif
