#include "untime.h"

#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "file_io.h"

/* Places in a superblock of version 2 or 3, and in an object header of version 2. */
enum { EXTENSION_AT = 20, FLAGS_AT = 5, TIMES_AT = 6, TIMES_SIZE = 16, SIZE_AT = 22 };
enum { HAS_TIMES = 0x20, HAS_PHASES = 0x10, SIZE_BITS = 0x03, HEADER_MOST = 512, SUM_SIZE = 4 };

static uint32_t turn(uint32_t value, int by)
{
    return value << by | value >> (32 - by);
}

static uint32_t word_at(const unsigned char *bytes, size_t size)
{
    uint32_t word = 0;
    memcpy(&word, bytes, size < sizeof word ? size : sizeof word);
    return word;
}

/* HDF5's checksum of metadata: Bob Jenkins' lookup3, public domain. size > 0. */
static uint32_t sum_up(const unsigned char *bytes, size_t size)
{
    uint32_t a = UINT32_C(0xdeadbeef) + (uint32_t)size, b = a, c = a;
    for (; size > 12; size -= 12, bytes += 12) {
        a += word_at(bytes, 4);
        b += word_at(bytes + 4, 4);
        c += word_at(bytes + 8, 4);
        a = (a - c) ^ turn(c, 4), c += b;
        b = (b - a) ^ turn(a, 6), a += c;
        c = (c - b) ^ turn(b, 8), b += a;
        a = (a - c) ^ turn(c, 16), c += b;
        b = (b - a) ^ turn(a, 19), a += c;
        c = (c - b) ^ turn(b, 4), b += a;
    }
    a += word_at(bytes, size);
    b += size > 4 ? word_at(bytes + 4, size - 4) : 0;
    c += size > 8 ? word_at(bytes + 8, size - 8) : 0;
    c = (c ^ b) - turn(b, 14);
    a = (a ^ c) - turn(c, 11);
    b = (b ^ a) - turn(a, 25);
    c = (c ^ b) - turn(b, 16);
    a = (a ^ c) - turn(c, 4);
    b = (b ^ a) - turn(a, 14);
    return (c ^ b) - turn(b, 24);
}

static void untime(int file, const char *path)
{
    unsigned char header[HEADER_MOST];
    uint64_t at, size = 0;
    if (rs_file_read(file, path, &at, sizeof at, EXTENSION_AT, NULL) != RS_OK || at == UINT64_MAX ||
        rs_file_read(file, path, header, sizeof header, at, NULL) != RS_OK ||
        memcmp(header, "OHDR\2", 5) != 0 || !(header[FLAGS_AT] & HAS_TIMES) ||
        (header[FLAGS_AT] & HAS_PHASES))
        return;
    const size_t width = (size_t)1 << (header[FLAGS_AT] & SIZE_BITS);
    memcpy(&size, header + SIZE_AT, width);
    const uint64_t end = SIZE_AT + width + size;
    if (size > HEADER_MOST || end + SUM_SIZE > HEADER_MOST ||
        word_at(header + end, SUM_SIZE) != sum_up(header, end))
        return;
    memset(header + TIMES_AT, 0, TIMES_SIZE);
    const uint32_t sum = sum_up(header, end);
    memcpy(header + end, &sum, sizeof sum);
    rs_file_write(file, path, header, end + SUM_SIZE, at, NULL);
}

void rs_untime_file(const char *path)
{
    int file = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (file < 0)
        return;
    untime(file, path);
    close(file);
}
