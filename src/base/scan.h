/* Reading a line that this program wrote, from *at on. What is found moves *at behind itself; what
 * is not leaves everything as it was. */
#ifndef RS_SCAN_H
#define RS_SCAN_H

#include <stdbool.h>
#include <stdint.h>

/* Exactly this text. */
bool rs_scan_text(const char **at, const char *text);

/* The text, and right behind it a number in decimal digits alone that fits. */
bool rs_scan_count(const char **at, const char *text, uint32_t *count);

#endif
