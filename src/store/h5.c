/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Small helpers over HDF5. Every return value of HDF5 is checked here, so that the callers can be short. */
#include "store/h5.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define BUFFER_BYTES 16384 /* for numbers on the way from one type to another */

/* ---- silence and reasons ---- */

void kl_h5_quiet_begin(kl_h5_quiet *quiet)
{
    quiet->function = NULL;
    quiet->data = NULL;
    (void)H5Eget_auto2(H5E_DEFAULT, &quiet->function, &quiet->data);
    (void)H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
}

void kl_h5_quiet_end(const kl_h5_quiet *quiet)
{
    (void)H5Eset_auto2(H5E_DEFAULT, quiet->function, quiet->data);
}

kl_status kl_reason_set(kl_reason *reason, kl_status status, const char *format, ...)
{
    if (reason) {
        va_list arguments;
        va_start(arguments, format);
        (void)vsnprintf(reason->text, sizeof reason->text, format, arguments);
        va_end(arguments);
    }
    return status;
}

typedef struct innermost {
    char text[256];
} innermost;

/* The walk goes upward from the deep end, so the first message is the innermost; the rest is of no interest. Where it
 * quotes the system's own words, these are enough. */
static herr_t keep_first(unsigned n, const H5E_error2_t *error, void *data)
{
    static const char mark[] = "error message = '";
    innermost *found = data;
    if (n > 0 || !error->desc)
        return 0;
    const char *start = strstr(error->desc, mark);
    const char *end = start ? strchr(start + sizeof mark - 1, '\'') : NULL;
    if (end) {
        start += sizeof mark - 1;
        (void)snprintf(found->text, sizeof found->text, "%.*s", (int)(end - start), start);
    } else {
        (void)snprintf(found->text, sizeof found->text, "%s", error->desc);
    }
    return 0;
}

kl_status kl_h5_reason(kl_reason *reason, kl_status status, const char *what)
{
    innermost found = {""};
    (void)H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_first, &found);
    return kl_reason_set(reason, status, "%s%s%s", what, found.text[0] ? ": " : "", found.text);
}

/* ---- ids ---- */

int kl_h5_close(hid_t *id)
{
    int result = 0;
    if (*id >= 0) {
        switch (H5Iget_type(*id)) {
        case H5I_FILE:
            result = H5Fclose(*id);
            break;
        case H5I_GROUP:
            result = H5Gclose(*id);
            break;
        case H5I_DATASET:
            result = H5Dclose(*id);
            break;
        case H5I_DATASPACE:
            result = H5Sclose(*id);
            break;
        case H5I_DATATYPE:
            result = H5Tclose(*id);
            break;
        case H5I_ATTR:
            result = H5Aclose(*id);
            break;
        case H5I_GENPROP_LST:
            result = H5Pclose(*id);
            break;
        default:
            result = -1;
        }
    }
    *id = -1;
    return result < 0 ? -1 : 0;
}

hid_t kl_h5_text_type(void)
{
    hid_t type = H5Tcopy(H5T_C_S1);
    if (type >= 0 && (H5Tset_size(type, H5T_VARIABLE) < 0 || H5Tset_cset(type, H5T_CSET_UTF8) < 0))
        (void)kl_h5_close(&type);
    return type;
}

/* ---- writing ---- */

static int write_attribute(hid_t object, const char *name, hid_t file_type, hid_t memory_type, hid_t space,
                           const void *value)
{
    hid_t attribute = H5Acreate2(object, name, file_type, space, H5P_DEFAULT, H5P_DEFAULT);
    int result = attribute >= 0 && H5Awrite(attribute, memory_type, value) >= 0 ? 0 : -1;
    if (kl_h5_close(&attribute) < 0)
        result = -1;
    return result;
}

/* n == 0 makes a scalar. */
static int put_attribute(hid_t object, const char *name, hid_t file_type, hid_t memory_type, hsize_t n,
                         const void *value)
{
    hid_t space = n ? H5Screate_simple(1, &n, NULL) : H5Screate(H5S_SCALAR);
    int result = space < 0 ? -1 : write_attribute(object, name, file_type, memory_type, space, value);
    (void)kl_h5_close(&space);
    return result;
}

int kl_h5_put_text(hid_t object, const char *name, const char *text)
{
    const kl_h5_text one = {name, text};
    return kl_h5_put_texts(object, &one, 1);
}

int kl_h5_put_texts(hid_t object, const kl_h5_text *text, size_t n)
{
    hid_t type = kl_h5_text_type();
    hid_t space = H5Screate(H5S_SCALAR);
    int result = type < 0 || space < 0 ? -1 : 0;
    for (size_t i = 0; result == 0 && i < n; i++)
        if (text[i].text && text[i].text[0])
            result = write_attribute(object, text[i].name, type, type, space, &text[i].text);
    (void)kl_h5_close(&space);
    (void)kl_h5_close(&type);
    return result;
}

int kl_h5_put_numbers(hid_t object, const char *name, hid_t file_type, hid_t memory_type, size_t n, const void *value)
{
    return put_attribute(object, name, file_type, memory_type, n == 1 ? 0 : (hsize_t)n, value);
}

int kl_h5_put_list(hid_t object, const char *name, hid_t type, size_t n, const void *value)
{
    return put_attribute(object, name, type, type, (hsize_t)n, value);
}

int kl_h5_put_int(hid_t object, const char *name, hid_t file_type, int64_t value)
{
    return put_attribute(object, name, file_type, H5T_NATIVE_INT64, 0, &value);
}

int kl_h5_set_int(hid_t object, const char *name, int64_t value)
{
    hid_t attribute = H5Aopen(object, name, H5P_DEFAULT);
    int result = attribute >= 0 && H5Awrite(attribute, H5T_NATIVE_INT64, &value) >= 0 ? 0 : -1;
    if (kl_h5_close(&attribute) < 0)
        result = -1;
    return result;
}

int kl_h5_write(hid_t dataset, hid_t memory_type, hid_t memory, hid_t file, const void *value)
{
    hid_t transfer = H5Pcreate(H5P_DATASET_XFER);
    int result = transfer >= 0 && H5Pset_buffer(transfer, BUFFER_BYTES, NULL, NULL) >= 0 &&
                         H5Dwrite(dataset, memory_type, memory, file, transfer, value) >= 0
                     ? 0
                     : -1;
    (void)kl_h5_close(&transfer);
    return result;
}

hid_t kl_h5_create_group(hid_t parent, const char *name)
{
    hid_t group = -1;
    hid_t create = H5Pcreate(H5P_GROUP_CREATE);
    if (create >= 0 && H5Pset_obj_track_times(create, false) >= 0 &&
        H5Pset_link_creation_order(create, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED) >= 0 &&
        H5Pset_attr_creation_order(create, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED) >= 0)
        group = H5Gcreate2(parent, name, H5P_DEFAULT, create, H5P_DEFAULT);
    (void)kl_h5_close(&create);
    return group;
}

int kl_h5_put_text_dataset(hid_t group, const char *name, const char *text)
{
    int result = -1;
    if (!text || !text[0])
        return 0;
    hid_t dataset = -1;
    hid_t type = kl_h5_text_type();
    hid_t space = H5Screate(H5S_SCALAR);
    hid_t create = H5Pcreate(H5P_DATASET_CREATE);
    if (type < 0 || space < 0 || create < 0 || H5Pset_obj_track_times(create, false) < 0)
        goto out;
    dataset = H5Dcreate2(group, name, type, space, H5P_DEFAULT, create, H5P_DEFAULT);
    if (dataset >= 0 && kl_h5_write(dataset, type, H5S_ALL, H5S_ALL, &text) >= 0)
        result = 0;
out:
    if (kl_h5_close(&dataset) < 0)
        result = -1;
    (void)kl_h5_close(&create);
    (void)kl_h5_close(&space);
    (void)kl_h5_close(&type);
    return result;
}

/* ---- reading ---- */

/* Opens a scalar attribute whose type has the class; -1 otherwise. */
static hid_t open_scalar(hid_t object, const char *name, H5T_class_t class, H5T_class_t or_class)
{
    if (H5Aexists(object, name) <= 0)
        return -1;
    hid_t attribute = H5Aopen(object, name, H5P_DEFAULT);
    hid_t space = attribute < 0 ? -1 : H5Aget_space(attribute);
    hid_t type = attribute < 0 ? -1 : H5Aget_type(attribute);
    H5T_class_t found = type < 0 ? H5T_NO_CLASS : H5Tget_class(type);
    if (space < 0 || H5Sget_simple_extent_npoints(space) != 1 || (found != class && found != or_class))
        (void)kl_h5_close(&attribute);
    (void)kl_h5_close(&space);
    (void)kl_h5_close(&type);
    return attribute;
}

int kl_h5_get_int(hid_t object, const char *name, int64_t *value)
{
    hid_t attribute = open_scalar(object, name, H5T_INTEGER, H5T_INTEGER);
    int result = attribute >= 0 && H5Aread(attribute, H5T_NATIVE_INT64, value) >= 0 ? 0 : -1;
    (void)kl_h5_close(&attribute);
    return result;
}

int kl_h5_get_double(hid_t object, const char *name, double *value)
{
    hid_t attribute = open_scalar(object, name, H5T_FLOAT, H5T_INTEGER);
    int result = attribute >= 0 && H5Aread(attribute, H5T_NATIVE_DOUBLE, value) >= 0 ? 0 : -1;
    (void)kl_h5_close(&attribute);
    return result;
}

/* The library's own string into one of ours, the library's freed. HDF5 reads an empty string as NULL. */
static int take_text(char *read, char **text)
{
    const char *from = read ? read : "";
    size_t size = strlen(from) + 1;
    *text = malloc(size);
    if (*text)
        memcpy(*text, from, size);
    if (read)
        (void)H5free_memory(read);
    return *text ? 0 : -2;
}

static int is_variable_text(hid_t type)
{
    return type >= 0 && H5Tget_class(type) == H5T_STRING && H5Tis_variable_str(type) > 0;
}

int kl_h5_get_text(hid_t object, const char *name, char **text)
{
    int result = -1;
    char *read = NULL;
    hid_t memory = kl_h5_text_type();
    hid_t attribute = open_scalar(object, name, H5T_STRING, H5T_STRING);
    hid_t type = attribute < 0 ? -1 : H5Aget_type(attribute);
    if (memory >= 0 && is_variable_text(type) && H5Aread(attribute, memory, &read) >= 0)
        result = take_text(read, text);
    (void)kl_h5_close(&type);
    (void)kl_h5_close(&attribute);
    (void)kl_h5_close(&memory);
    return result;
}

int kl_h5_get_text_dataset(hid_t group, const char *name, char **text)
{
    int result = -1;
    char *read = NULL;
    hid_t space = -1, type = -1, dataset = -1;
    hid_t memory = kl_h5_text_type();
    if (memory < 0 || H5Lexists(group, name, H5P_DEFAULT) <= 0)
        goto out;
    dataset = H5Dopen2(group, name, H5P_DEFAULT);
    if (dataset < 0)
        goto out;
    space = H5Dget_space(dataset);
    type = H5Dget_type(dataset);
    if (space < 0 || H5Sget_simple_extent_npoints(space) != 1 || !is_variable_text(type))
        goto out;
    if (H5Dread(dataset, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, &read) >= 0)
        result = take_text(read, text);
out:
    (void)kl_h5_close(&dataset);
    (void)kl_h5_close(&type);
    (void)kl_h5_close(&space);
    (void)kl_h5_close(&memory);
    return result;
}

/* ---- numbers ---- */

int kl_h5_read_box(hid_t dataset, hid_t memory_type, int rank, const hsize_t *start, const hsize_t *count, void *value)
{
    hid_t space = H5Dget_space(dataset), memory = H5Screate_simple(rank, count, NULL);
    int done = space >= 0 && memory >= 0 && H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, count, NULL) >= 0 &&
               H5Dread(dataset, memory_type, memory, space, H5P_DEFAULT, value) >= 0;
    (void)kl_h5_close(&memory);
    (void)kl_h5_close(&space);
    return done ? 0 : -1;
}
