/* Durations as text. */
#ifndef RS_DURATION_H
#define RS_DURATION_H

/* "0.7 s" below ten seconds, then "12:34", "3:04:05", "2 d 3 h"; "unknown" for a NaN or more than
 * 1000 years. */
enum { RS_DURATION_TEXT = 32 };
void rs_format_duration(double seconds, char text[RS_DURATION_TEXT]);

#endif
