#include "h5.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static herr_t copy_innermost(unsigned depth, const H5E_error2_t *entry, void *text)
{
    if (depth == 0 && entry->desc != NULL)
        snprintf(text, sizeof((rs_h5_trouble *)text)->text, "%s", entry->desc);
    return 0;
}

/* Called by HDF5 when a call fails. Later calls, including clean-up, clear the error stack. */
static herr_t note_trouble(hid_t stack, void *context)
{
    rs_h5_trouble *trouble = context;
    if (trouble->text[0] == '\0')
        H5Ewalk2(stack, H5E_WALK_UPWARD, copy_innermost, trouble->text);
    return 0;
}

void rs_h5_begin(rs_h5_trouble *trouble)
{
    trouble->text[0] = '\0';
    /* It would override rs_h5_access: a reader must neither wait nor fail because of a lock. */
    unsetenv("HDF5_USE_FILE_LOCKING");
    H5dont_atexit(); /* has no effect once the library is initialised, which is harmless */
    H5open();
    H5Eset_auto2(H5E_DEFAULT, note_trouble, trouble);
}

void rs_h5_end(void)
{
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
}

rs_status rs_h5_fail(rs_error *error, rs_status status, const char *path, const char *what,
                     const rs_h5_trouble *trouble)
{
    return rs_fail(error, status, "%s: %s (HDF5: %s)", path, what,
                   trouble->text[0] != '\0' ? trouble->text : "no reason given");
}

hid_t rs_h5_access(void)
{
    /* From 1.8 on metadata carry checksums. Those of chunks' places do from 1.10 on, but readers of
     * 1.8, which many programs still have inside, would be locked out: rows have their own. */
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    if (access >= 0 && (H5Pset_file_locking(access, false, true) < 0 ||
                        H5Pset_libver_bounds(access, H5F_LIBVER_V18, H5F_LIBVER_V110) < 0)) {
        H5Pclose(access);
        return H5I_INVALID_HID;
    }
    return access;
}

static herr_t write_attribute(hid_t object, const char *name, hid_t type, hid_t space,
                              const void *value)
{
    hid_t attribute = H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    if (attribute < 0)
        return -1;
    herr_t written = H5Awrite(attribute, type, value);
    return H5Aclose(attribute) < 0 ? -1 : written;
}

herr_t rs_h5_write_text(hid_t object, const char *name, const char *text)
{
    herr_t result = -1;
    hid_t type = H5Tcopy(H5T_C_S1), space = H5Screate(H5S_SCALAR);
    if (type >= 0 && space >= 0 && H5Tset_size(type, H5T_VARIABLE) >= 0 &&
        H5Tset_cset(type, H5T_CSET_UTF8) >= 0)
        result = write_attribute(object, name, type, space, &text);
    if (space >= 0)
        H5Sclose(space);
    if (type >= 0)
        H5Tclose(type);
    return result;
}

herr_t rs_h5_write_numbers(hid_t object, const char *name, hid_t type, size_t count,
                           const void *numbers)
{
    hsize_t extent = count;
    hid_t space = count == 1 ? H5Screate(H5S_SCALAR) : H5Screate_simple(1, &extent, NULL);
    if (space < 0)
        return -1;
    herr_t result = write_attribute(object, name, type, space, numbers);
    H5Sclose(space);
    return result;
}

hid_t rs_h5_type(rs_type type)
{
    switch (type) {
    case RS_INT8:
        return H5T_STD_I8LE;
    case RS_INT16:
        return H5T_STD_I16LE;
    case RS_INT32:
        return H5T_STD_I32LE;
    case RS_INT64:
        return H5T_STD_I64LE;
    case RS_UINT8:
        return H5T_STD_U8LE;
    case RS_UINT16:
        return H5T_STD_U16LE;
    case RS_UINT32:
        return H5T_STD_U32LE;
    case RS_UINT64:
        return H5T_STD_U64LE;
    case RS_REAL32:
        return H5T_IEEE_F32LE;
    case RS_REAL64:
    case RS_TYPE_TOTAL:
        break;
    }
    return H5T_IEEE_F64LE;
}
