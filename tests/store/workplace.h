/* A folder of its own for each test, removed afterwards; for cmocka's setup and teardown. */
#ifndef WORKPLACE_H
#define WORKPLACE_H

#include <stddef.h>

enum { WORKPLACE_PATH = 128 };

/* *state = the folder's path, a string. */
int workplace_setup(void **state);
int workplace_teardown(void **state);

/* Path of `name` in the folder. */
void workplace_path(void **state, const char *name, char path[WORKPLACE_PATH]);

/* Number of entries of the folder, hidden ones too. */
size_t workplace_entries(void **state);

/* The whole file in memory, to be freed; fails the test when it cannot be read. */
char *workplace_read(const char *path, size_t *size);
void workplace_write(const char *path, const void *bytes, size_t size);

#endif
