/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Why HDF5 never touches a disk here: on a full disk H5Fclose 1.10.8 can return success over a file
 * with zeros in it, its exit handler can crash afterwards, and a strange file can crash the
 * reader. So HDF5 builds an image in memory (the core driver), and atomicfile.c writes it with a
 * trailer after its end: the disk can fail in plain write() and fsync() only. Reading is the
 * mirror: all bytes into memory, trailer and checksum verified, then HDF5 sees the image. What it
 * holds is copied out at once, so no HDF5 handle outlives fs_results_open.
 * A trailer and not a user block, because xarray recognises a file by its first eight bytes.
 * Text is of variable length: netCDF-C 4.9.0 crashes on columns of fixed-length strings.
 * DIMENSION_LIST and REFERENCE_LIST are written here after the HDF5 Dimension Scale Specification
 * (https://docs.hdfgroup.org/hdf5/v1_14/_h5_d_s__u_g.html), not by H5DSattach_scale: it rewrites
 * the growing list for every column and leaves padding undefined.
 * What must stay true: every return code goes through keep(), which remembers the first failure.
 * Calls after it get negative handles and fail harmlessly, so no call needs a branch of its own.
 */
#define H5_USE_110_API
#include "results.h"
#include "atomicfile.h"
#include "checksum.h"
#include "results_tree.h"
#include <errno.h>
#include <fcntl.h>
#include <hdf5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK_BYTES  ((size_t)1 << 18) /* fits a core's cache while it is filtered */
#define IMAGE_STEP   ((size_t)1 << 20)
#define CHUNKED_FROM ((size_t)4 << 10)
#define VALUES_MAX   ((int64_t)1 << 28)
#define DEPTH_MAX    16
#define DEFLATE_MAX  1032 /* to 1: the most that zlib can pack (https://zlib.net/zlib_tech.html) */
#define NAN_BITS     0x7FF8000000000000U
#define FORMAT       1

/* After the image, little-endian. The checksum covers the image. */
struct trailer {
    char magic[8];
    uint64_t format, size, checksum;
};

static const char magic[8] = "FSRESULT";

/* A file under way, for writing or reading. */
struct hdf {
    const char *path, *verb, *advice; /* for messages */
    enum fs_rc rc;
    struct fs_failure failure;
    hid_t file, text; /* `text`: the type of all text */
};

static herr_t innermost(unsigned depth, const H5E_error2_t *error, void *text)
{
    if (depth == 0) snprintf(text, 256, "%s", error->desc);
    return 0;
}

/* Every result of HDF5 passes through here; negative is a failure. */
static hid_t keep(struct hdf *h, hid_t result)
{
    if (result >= 0 || h->rc != FS_OK) return result;
    char why[256] = "no reason given";
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, innermost, why);
    h->rc = fs_fail(&h->failure, "cannot %s: %s: HDF5: %s; %s", h->verb, h->path, why, h->advice);
    return result;
}

static hid_t text_type(struct hdf *h)
{
    hid_t type = keep(h, H5Tcopy(H5T_C_S1));
    keep(h, H5Tset_size(type, H5T_VARIABLE));
    keep(h, H5Tset_cset(type, H5T_CSET_UTF8));
    return type;
}

/* HDF5 quiet, and no code loaded because a file asks for it. */
static void hdf_begin(struct hdf *h)
{
    keep(h, H5Eset_auto2(H5E_DEFAULT, NULL, NULL));
    keep(h, H5PLset_loading_state(0));
    h->file = H5I_INVALID_HID;
    h->text = text_type(h);
}

/* Closing the file closes whatever a failure left open in it. The superblock must be of the
 * earliest kind: H5Fget_file_image spoils the checksum of later ones
 * (https://github.com/HDFGroup/hdf5/issues/1915, open until 2025-04). */
static hid_t access_list(struct hdf *h)
{
    hid_t list = keep(h, H5Pcreate(H5P_FILE_ACCESS));
    keep(h, H5Pset_fapl_core(list, IMAGE_STEP, 0));
    keep(h, H5Pset_libver_bounds(list, H5F_LIBVER_EARLIEST, H5F_LIBVER_V18));
    keep(h, H5Pset_fclose_degree(list, H5F_CLOSE_STRONG));
    return list;
}

/* HDF5 tells images apart by name; under /dev/null there can be no file of that name. */
static void image_name(const struct hdf *h, char name[static 64])
{
    snprintf(name, 64, "/dev/null/%p", (const void *)h);
}

static void hdf_end(struct hdf *h)
{
    keep(h, H5Fclose(h->file));
    keep(h, H5Tclose(h->text));
}

static hid_t file_type(const struct hdf *h, enum fs_column_type type)
{
    switch (type) {
    case FS_F64:
        return H5T_IEEE_F64LE;
    case FS_I64:
        return H5T_STD_I64LE;
    case FS_U64:
        return H5T_STD_U64LE;
    case FS_TEXT:
        break;
    }
    return h->text;
}

/* ---- writing -------------------------------------------------------------------------------- */

/* One column that names the dimension, as REFERENCE_LIST has it. Its size and offsets are those
 * of the C struct that HDF5's own library reads into. */
struct use {
    hobj_ref_t column;
    int32_t index, padding;
};

struct dimension {
    const char *group, *name;
    hsize_t n;
    hobj_ref_t scale;
    struct use *uses;
    size_t n_uses, room;
    struct dimension *next;
};

struct group {
    const char *path;
    struct group *next;
};

struct fs_results_writer {
    struct hdf h;
    struct fs_arena *arena;
    struct fs_atomicfile *out;
    hid_t links, groups; /* property lists */
    struct group *known;
    struct dimension *dimensions;
};

struct shape {
    int rank;
    hsize_t extent[FS_RESULTS_RANK];
};

enum fs_rc fs_results_check(const char *path, struct fs_failure *failure)
{
    struct fs_atomicfile *out;
    enum fs_rc rc = fs_atomicfile_create(path, &out, failure);
    if (rc == FS_OK) fs_atomicfile_abandon(out);
    return rc;
}

/* Ordered by creation, without times; for the root and for groups. */
static hid_t group_list(struct hdf *h, hid_t class)
{
    hid_t list = keep(h, H5Pcreate(class));
    const unsigned order = H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED;
    keep(h, H5Pset_obj_track_times(list, 0));
    keep(h, H5Pset_link_creation_order(list, order));
    keep(h, H5Pset_attr_creation_order(list, order));
    return list;
}

static void create_image(struct hdf *h)
{
    char name[64];
    image_name(h, name);
    hid_t access = access_list(h);
    hid_t creation = group_list(h, H5P_FILE_CREATE);
    h->file = keep(h, H5Fcreate(name, H5F_ACC_TRUNC, creation, access));
    keep(h, H5Pclose(creation));
    keep(h, H5Pclose(access));
}

static void close_all(struct fs_results_writer *w)
{
    hdf_end(&w->h);
    keep(&w->h, H5Pclose(w->links));
    keep(&w->h, H5Pclose(w->groups));
}

static void release(struct fs_results_writer *w)
{
    for (struct dimension *d = w->dimensions; d; d = d->next)
        free(d->uses);
    fs_arena_free(w->arena);
    free(w);
}

enum fs_rc fs_results_create(const char *path, struct fs_results_writer **writer,
                             struct fs_failure *failure)
{
    struct fs_atomicfile *out;
    *writer = NULL;
    enum fs_rc rc = fs_atomicfile_create(path, &out, failure);
    if (rc != FS_OK) return rc;

    struct fs_results_writer *w = fs_alloc(sizeof *w, "a results writer");
    w->out = out;
    w->arena = fs_arena_new();
    w->h.path = fs_arena_text(w->arena, path);
    w->h.verb = "write";
    w->h.advice = "nothing was written, an old file is untouched";
    hdf_begin(&w->h);
    create_image(&w->h);
    w->groups = group_list(&w->h, H5P_GROUP_CREATE);
    w->links = keep(&w->h, H5Pcreate(H5P_LINK_CREATE));
    keep(&w->h, H5Pset_char_encoding(w->links, H5T_CSET_UTF8));
    *writer = w;
    return fs_results_text(w, "", "Conventions", "CF-1.8");
}

static void check_name(const char *name)
{
    fs_assert(NULL, name && *name != '\0' && !strchr(name, '/') && strcmp(name, ".") != 0);
}

static void ensure_group(struct fs_results_writer *w, const char *path)
{
    for (struct group *g = w->known; g; g = g->next) {
        if (!strcmp(g->path, path)) return;
    }
    struct group *made = fs_arena_alloc(w->arena, sizeof *made);
    made->path = path;
    made->next = w->known;
    w->known = made;
    hid_t id = keep(&w->h, H5Gcreate2(w->h.file, path, w->links, w->groups, H5P_DEFAULT));
    keep(&w->h, H5Gclose(id));
}

/* `path` "" or NULL is the root. Parents are made as needed. */
static hid_t open_group(struct fs_results_writer *w, const char *path)
{
    if (!path || *path == '\0') return keep(&w->h, H5Gopen2(w->h.file, "/", H5P_DEFAULT));
    for (const char *end = path; end; end = strchr(end, '/')) {
        if (end != path) {
            ensure_group(w, fs_arena_format(w->arena, "%.*s", (int)(end - path), path));
            end++;
        }
        fs_assert(NULL, *end != '/' && *end != '\0' && strncmp(end, "./", 2) != 0);
    }
    ensure_group(w, fs_arena_text(w->arena, path));
    return keep(&w->h, H5Gopen2(w->h.file, path, H5P_DEFAULT));
}

static void put_attribute(struct hdf *h, hid_t owner, const char *name, hid_t type, hid_t space,
                          const void *value)
{
    hid_t id = keep(h, H5Acreate2(owner, name, type, space, H5P_DEFAULT, H5P_DEFAULT));
    keep(h, H5Awrite(id, type, value));
    keep(h, H5Aclose(id));
    keep(h, H5Sclose(space));
}

static void put_text(struct hdf *h, hid_t owner, const char *name, const char *value)
{
    fs_assert(NULL, value != NULL);
    put_attribute(h, owner, name, h->text, keep(h, H5Screate(H5S_SCALAR)), &value);
}

static enum fs_rc group_attribute(struct fs_results_writer *w, const char *group, const char *name,
                                  enum fs_column_type type, const void *value)
{
    if (w->h.rc != FS_OK) return w->h.rc;
    check_name(name);
    hid_t id = open_group(w, group);
    hid_t space = keep(&w->h, H5Screate(H5S_SCALAR));
    put_attribute(&w->h, id, name, file_type(&w->h, type), space, value);
    keep(&w->h, H5Gclose(id));
    return w->h.rc;
}

enum fs_rc fs_results_text(struct fs_results_writer *w, const char *group, const char *name,
                           const char *value)
{
    fs_assert(NULL, value != NULL);
    return group_attribute(w, group, name, FS_TEXT, &value);
}

enum fs_rc fs_results_integer(struct fs_results_writer *w, const char *group, const char *name,
                              int64_t value)
{
    return group_attribute(w, group, name, FS_I64, &value);
}

/* A NaN that is not the plain one: its sign and payload depend on compiler and CPU. */
static bool is_odd_nan(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return value != value && bits != NAN_BITS;
}

static double plain(double value)
{
    const uint64_t bits = NAN_BITS;
    if (is_odd_nan(value)) memcpy(&value, &bits, sizeof value);
    return value;
}

enum fs_rc fs_results_number(struct fs_results_writer *w, const char *group, const char *name,
                             double value)
{
    value = plain(value);
    return group_attribute(w, group, name, FS_F64, &value);
}

/* A copy of `values` with plain NaNs, or NULL when they are plain already. */
static double *plain_copy(const double *values, size_t n)
{
    size_t i = 0;
    while (i < n && !is_odd_nan(values[i]))
        i++;
    if (i == n) return NULL;
    double *copy = fs_alloc(n * sizeof *copy, "a column");
    for (i = 0; i < n; i++)
        copy[i] = plain(values[i]);
    return copy;
}

static size_t count(const struct shape *shape)
{
    size_t n = 1;
    for (int i = 0; i < shape->rank; i++)
        n *= (size_t)shape->extent[i];
    return n;
}

/* As much of the last dimensions as fits, in pieces of equal size. */
static void choose_chunk(const struct shape *shape, hsize_t *chunk)
{
    hsize_t room = CHUNK_BYTES / 8;
    for (int i = shape->rank - 1; i >= 0; i--) {
        const hsize_t pieces = (shape->extent[i] + room - 1) / room;
        chunk[i] = (shape->extent[i] + pieces - 1) / pieces;
        room /= chunk[i];
    }
}

static hid_t dataset_list(struct hdf *h, enum fs_column_type type, const struct shape *shape)
{
    hid_t list = keep(h, H5Pcreate(H5P_DATASET_CREATE));
    keep(h, H5Pset_obj_track_times(list, 0));
    /* Makes the header one whose attributes may exceed 64 KiB: 4,096 columns on one scale. */
    keep(h, H5Pset_attr_creation_order(list, H5P_CRT_ORDER_TRACKED));
    if (type == FS_TEXT || count(shape) * 8 < CHUNKED_FROM || shape->rank == 0) return list;
    hsize_t chunk[FS_RESULTS_RANK];
    choose_chunk(shape, chunk);
    keep(h, H5Pset_chunk(list, shape->rank, chunk));
    keep(h, H5Pset_shuffle(list));
    keep(h, H5Pset_deflate(list, 1));
    keep(h, H5Pset_fletcher32(list));
    keep(h, H5Pset_fill_time(list, H5D_FILL_TIME_ALLOC)); /* a chunk's overhang is zeros */
    return list;
}

static void put_values(struct hdf *h, hid_t set, enum fs_column_type type, size_t n,
                       const void *values)
{
    if (n == 0) return;
    double *copy = type == FS_F64 ? plain_copy(values, n) : NULL;
    keep(h, H5Dwrite(set, file_type(h, type), H5S_ALL, H5S_ALL, H5P_DEFAULT, copy ? copy : values));
    free(copy);
}

/* The dataset with its values, left open. */
static hid_t put_dataset(struct fs_results_writer *w, hid_t group, const char *name,
                         enum fs_column_type type, const struct shape *shape, const void *values)
{
    struct hdf *h = &w->h;
    hid_t list = dataset_list(h, type, shape);
    hid_t space = keep(h, shape->rank ? H5Screate_simple(shape->rank, shape->extent, NULL)
                                      : H5Screate(H5S_SCALAR));
    hid_t set =
        keep(h, H5Dcreate2(group, name, file_type(h, type), space, w->links, list, H5P_DEFAULT));
    keep(h, H5Sclose(space));
    keep(h, H5Pclose(list));
    put_values(h, set, type, count(shape), values);
    return set;
}

static hobj_ref_t reference_to(struct hdf *h, hid_t set)
{
    hobj_ref_t reference = 0;
    keep(h, H5Rcreate(&reference, set, ".", H5R_OBJECT, -1));
    return reference;
}

/* CLASS and NAME are what H5DSset_scale writes: fixed length, NUL included. */
static void put_scale_text(struct hdf *h, hid_t set, const char *name, const char *value)
{
    hid_t type = keep(h, H5Tcopy(H5T_C_S1));
    keep(h, H5Tset_size(type, strlen(value) + 1));
    put_attribute(h, set, name, type, keep(h, H5Screate(H5S_SCALAR)), value);
    keep(h, H5Tclose(type));
}

enum fs_rc fs_results_dimension(struct fs_results_writer *w, const char *group, const char *name,
                                const char *units, const char *long_name, enum fs_column_type type,
                                int64_t n, const void *values)
{
    struct hdf *h = &w->h;
    if (h->rc != FS_OK) return h->rc;
    check_name(name);
    fs_assert(NULL, n >= 0);
    const struct shape shape = {1, {(hsize_t)n}};
    hid_t where = open_group(w, group);
    hid_t set = put_dataset(w, where, name, type, &shape, values);
    put_scale_text(h, set, "CLASS", "DIMENSION_SCALE");
    put_scale_text(h, set, "NAME", name);
    put_text(h, set, "units", units);
    put_text(h, set, "long_name", long_name);

    struct dimension *d = fs_arena_alloc(w->arena, sizeof *d);
    d->group = fs_arena_text(w->arena, group ? group : "");
    d->name = fs_arena_text(w->arena, name);
    d->n = (hsize_t)n;
    d->scale = reference_to(h, set);
    d->next = w->dimensions;
    w->dimensions = d;
    keep(h, H5Dclose(set));
    keep(h, H5Gclose(where));
    return h->rc;
}

/* Is `ancestor` the group `path` or above it? */
static bool is_above(const char *ancestor, const char *path)
{
    const size_t n = strlen(ancestor);
    return n == 0 || (!strncmp(ancestor, path, n) && (path[n] == '\0' || path[n] == '/'));
}

/* The nearest dimension of that name: in `group` or in a parent. */
static struct dimension *find_dimension(struct fs_results_writer *w, const char *group,
                                        const char *name)
{
    struct dimension *found = NULL;
    for (struct dimension *d = w->dimensions; d; d = d->next) {
        if (strcmp(d->name, name) != 0 || !is_above(d->group, group ? group : "")) continue;
        if (!found || strlen(d->group) > strlen(found->group)) found = d;
    }
    fs_assert(NULL, found);
    return found;
}

static void add_use(struct dimension *d, hobj_ref_t column, int index)
{
    if (d->n_uses == d->room) {
        d->room = d->room ? 2 * d->room : 16;
        d->uses = fs_realloc(d->uses, d->room * sizeof *d->uses, "the columns of a dimension");
    }
    d->uses[d->n_uses++] = (struct use){column, index, 0};
}

/* Tie `set` to its dimensions: the references there now, those back on commit. */
static void attach(struct hdf *h, hid_t set, int rank, struct dimension *const *dimension)
{
    if (rank == 0) return;
    const hobj_ref_t column = reference_to(h, set);
    const hsize_t n = (hsize_t)rank;
    hvl_t list[FS_RESULTS_RANK];
    for (int i = 0; i < rank; i++) {
        list[i] = (hvl_t){1, &dimension[i]->scale};
        add_use(dimension[i], column, i);
    }
    hid_t type = keep(h, H5Tvlen_create(H5T_STD_REF_OBJ));
    put_attribute(h, set, "DIMENSION_LIST", type, keep(h, H5Screate_simple(1, &n, NULL)), list);
    keep(h, H5Tclose(type));
}

enum fs_rc fs_results_column(struct fs_results_writer *w, const char *group, const char *name,
                             const char *units, const char *long_name, enum fs_column_type type,
                             const char *const *dims, const void *values)
{
    struct hdf *h = &w->h;
    if (h->rc != FS_OK) return h->rc;
    check_name(name);
    struct shape shape = {0, {0}};
    struct dimension *dimension[FS_RESULTS_RANK];
    for (; dims && dims[shape.rank]; shape.rank++) {
        fs_assert(NULL, shape.rank < FS_RESULTS_RANK);
        dimension[shape.rank] = find_dimension(w, group, dims[shape.rank]);
        shape.extent[shape.rank] = dimension[shape.rank]->n;
    }
    hid_t where = open_group(w, group);
    hid_t set = put_dataset(w, where, name, type, &shape, values);
    put_text(h, set, "units", units);
    put_text(h, set, "long_name", long_name);
    attach(h, set, shape.rank, dimension);
    keep(h, H5Dclose(set));
    keep(h, H5Gclose(where));
    return h->rc;
}

static void put_references(struct fs_results_writer *w, hid_t type, const struct dimension *d)
{
    const hsize_t n = d->n_uses;
    hid_t group = open_group(w, d->group);
    hid_t set = keep(&w->h, H5Dopen2(group, d->name, H5P_DEFAULT));
    hid_t space = keep(&w->h, H5Screate_simple(1, &n, NULL));
    put_attribute(&w->h, set, "REFERENCE_LIST", type, space, d->uses);
    keep(&w->h, H5Dclose(set));
    keep(&w->h, H5Gclose(group));
}

static void put_all_references(struct fs_results_writer *w)
{
    struct hdf *h = &w->h;
    hid_t type = keep(h, H5Tcreate(H5T_COMPOUND, sizeof(struct use)));
    keep(h, H5Tinsert(type, "dataset", offsetof(struct use, column), H5T_STD_REF_OBJ));
    keep(h, H5Tinsert(type, "dimension", offsetof(struct use, index), H5T_STD_I32LE));
    for (struct dimension *d = w->dimensions; d; d = d->next) {
        if (d->n_uses > 0) put_references(w, type, d);
    }
    keep(h, H5Tclose(type));
}

/* The finished image with its trailer. */
static void *take_image(struct hdf *h, size_t *n)
{
    keep(h, H5Fflush(h->file, H5F_SCOPE_GLOBAL));
    const ssize_t size = (ssize_t)keep(h, H5Fget_file_image(h->file, NULL, 0));
    if (h->rc != FS_OK) return NULL;
    struct trailer trailer = {.format = FORMAT, .size = (uint64_t)size};
    unsigned char *image = fs_alloc((size_t)size + sizeof trailer, "the file's image");
    keep(h, H5Fget_file_image(h->file, image, (size_t)size));
    memcpy(trailer.magic, magic, sizeof magic);
    trailer.checksum = fs_checksum(image, (size_t)size, 0);
    memcpy(image + size, &trailer, sizeof trailer);
    *n = (size_t)size + sizeof trailer;
    return image;
}

enum fs_rc fs_results_commit(struct fs_results_writer *w, struct fs_failure *failure)
{
    struct fs_atomicfile *out = w->out;
    size_t n = 0;
    void *image = NULL;
    if (w->h.rc == FS_OK) put_all_references(w);
    if (w->h.rc == FS_OK) image = take_image(&w->h, &n);
    close_all(w);
    enum fs_rc rc = w->h.rc;
    if (rc != FS_OK) *failure = w->h.failure;
    release(w);
    if (rc == FS_OK) rc = fs_atomicfile_write(out, image, n, failure);
    free(image);
    if (rc == FS_OK) return fs_atomicfile_commit(out, failure);
    fs_atomicfile_abandon(out);
    return rc;
}

void fs_results_abandon(struct fs_results_writer *w)
{
    fs_atomicfile_abandon(w->out);
    close_all(w);
    release(w);
}

/* ---- reading -------------------------------------------------------------------------------- */

/* A dimension by the address of its scale, which is what a reference holds. */
struct scale {
    hobj_ref_t at;
    const char *name;
    struct scale *next;
};

struct reader {
    struct hdf h;
    struct fs_results *results;
    struct scale *scales;
};

static void refuse(struct hdf *h, const char *why)
{
    if (h->rc != FS_OK) return;
    h->rc = fs_fail(&h->failure, "cannot read: %s: %s; %s", h->path, why, h->advice);
}

static bool read_at(int fd, void *bytes, size_t n, off_t offset)
{
    for (char *p = bytes; n > 0;) {
        ssize_t got = pread(fd, p, n, offset);
        if (got < 0 && errno == EINTR) continue;
        if (got == 0) errno = ENODATA;
        if (got <= 0) return false;
        p += got;
        offset += got;
        n -= (size_t)got;
    }
    return true;
}

/* What is wrong with the trailer of a file of that size, NULL when nothing is. */
static const char *check_trailer(const struct trailer *trailer, off_t size)
{
    if (memcmp(trailer->magic, magic, sizeof magic) != 0) {
        return "it does not end as these results do, so it is cut or another's";
    }
    if (trailer->format != FORMAT) return "it has another version's format";
    if (trailer->size + sizeof *trailer != (uint64_t)size) {
        return "its length is not the one it was written with";
    }
    return NULL;
}

/* Read and verify the image; says what is wrong, or NULL and the caller frees `image`. The trailer
 * comes first, so that what is not ours is not read. */
static const char *load_image(int fd, void **image, size_t *n)
{
    struct stat st;
    struct trailer trailer;
    const off_t overhead = sizeof trailer;
    if (fd < 0 || fstat(fd, &st) != 0) return strerror(errno);
    if (!S_ISREG(st.st_mode)) return "it is not a plain file";
    if (st.st_size <= overhead) return "it is too short";
    if (!read_at(fd, &trailer, sizeof trailer, st.st_size - overhead)) return strerror(errno);
    const char *why = check_trailer(&trailer, st.st_size);
    if (why) return why;
    *n = (size_t)trailer.size;
    *image = fs_alloc(*n, "a file to read");
    if (!read_at(fd, *image, *n, 0)) {
        why = strerror(errno);
    } else if (fs_checksum(*image, *n, 0) != trailer.checksum) {
        why = "its checksum is wrong, so it was damaged or changed";
    }
    if (why) free(*image);
    return why;
}

static void open_image(struct hdf *h)
{
    void *image = NULL;
    size_t n = 0;
    char name[64];
    int fd = open(h->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    const char *why = load_image(fd, &image, &n);
    if (fd >= 0) close(fd);
    if (why) {
        refuse(h, why);
        return;
    }
    image_name(h, name);
    hid_t access = access_list(h);
    keep(h, H5Pset_file_image(access, image, n));
    free(image);
    h->file = keep(h, H5Fopen(name, H5F_ACC_RDONLY, access));
    keep(h, H5Pclose(access));
}

/* Which of our types is it? false when none. */
static bool our_type(struct hdf *h, hid_t id, enum fs_column_type *type)
{
    for (int t = FS_F64; t <= FS_TEXT; t++) {
        *type = (enum fs_column_type)t;
        if (keep(h, H5Tequal(id, file_type(h, *type))) > 0) return true;
    }
    return false;
}

/* Read into `text` one string for each of `n`, owned by the arena. */
static void adopt_texts(struct reader *r, const char **text, size_t n, hid_t space)
{
    if (r->h.rc != FS_OK) return;
    char **loaned = fs_alloc(n * sizeof *loaned, "labels");
    memcpy(loaned, text, n * sizeof *loaned);
    for (size_t i = 0; i < n; i++) {
        text[i] = fs_arena_text(r->results->arena, loaned[i] ? loaned[i] : "");
    }
    keep(&r->h, H5Dvlen_reclaim(r->h.text, space, H5P_DEFAULT, loaned));
    free(loaned);
}

/* The value of a scalar attribute of one of our types. */
static struct fs_results_attribute get_attribute(struct reader *r, hid_t owner, const char *name)
{
    struct fs_results_attribute value = {.type = FS_I64};
    struct hdf *h = &r->h;
    hid_t id = keep(h, H5Aopen(owner, name, H5P_DEFAULT));
    hid_t type = keep(h, H5Aget_type(id)), space = keep(h, H5Aget_space(id));
    if (keep(h, H5Sget_simple_extent_type(space)) != H5S_SCALAR ||
        !our_type(h, type, &value.type) || value.type == FS_U64) {
        refuse(h, "it has an attribute of a kind that is not ours");
    } else {
        keep(h, H5Aread(id, file_type(h, value.type), &value.i64));
        if (value.type == FS_TEXT) adopt_texts(r, &value.text, 1, space);
    }
    keep(h, H5Sclose(space));
    keep(h, H5Tclose(type));
    keep(h, H5Aclose(id));
    return value;
}

static const char *get_text(struct reader *r, hid_t owner, const char *name)
{
    struct fs_results_attribute value = get_attribute(r, owner, name);
    if (value.type != FS_TEXT) refuse(&r->h, "a column's units or long_name is no text");
    return r->h.rc == FS_OK ? value.text : "";
}

/* Values elsewhere (external storage, virtual datasets), filters of others, chunks that only eat
 * memory: none of it is ours. */
static void check_storage(struct hdf *h, hid_t list)
{
    hsize_t chunk[FS_RESULTS_RANK], bytes = 8;
    const hid_t layout = keep(h, H5Pget_layout(list));
    if (layout != H5D_CONTIGUOUS && layout != H5D_CHUNKED) refuse(h, "a column is stored oddly");
    if (keep(h, H5Pget_external_count(list)) > 0) refuse(h, "a column lies in another file");
    const int filters = (int)keep(h, H5Pget_nfilters(list));
    for (int i = 0; i < filters; i++) {
        unsigned flags, config;
        size_t none = 0;
        const hid_t filter =
            keep(h, H5Pget_filter2(list, (unsigned)i, &flags, &none, NULL, 0, NULL, &config));
        if (filter != H5Z_FILTER_DEFLATE && filter != H5Z_FILTER_SHUFFLE &&
            filter != H5Z_FILTER_FLETCHER32) {
            refuse(h, "a column needs a filter that is not ours");
        }
    }
    if (layout != H5D_CHUNKED) return;
    const hid_t rank = keep(h, H5Pget_chunk(list, FS_RESULTS_RANK, chunk));
    for (hid_t i = 0; i < rank && i < FS_RESULTS_RANK; i++) {
        if (chunk[i] > CHUNK_BYTES || (bytes *= chunk[i]) > CHUNK_BYTES) {
            refuse(h, "a column's chunks are too large");
            return;
        }
    }
}

/* The column's extents; the number of values, 0 when refused. */
static size_t get_shape(struct hdf *h, hid_t space, struct fs_column *column)
{
    hsize_t extent[FS_RESULTS_RANK], n = 1;
    column->rank = (int)keep(h, H5Sget_simple_extent_ndims(space));
    if (keep(h, H5Sget_simple_extent_type(space)) == H5S_NULL) refuse(h, "a column is null");
    if (column->rank > FS_RESULTS_RANK) refuse(h, "a column has too many dimensions");
    if (h->rc != FS_OK) return 0;
    keep(h, H5Sget_simple_extent_dims(space, extent, NULL));
    for (int i = 0; i < column->rank; i++) {
        if (extent[i] > (hsize_t)VALUES_MAX) refuse(h, "a column has too many values");
        if (h->rc != FS_OK) return 0;
        column->extent[i] = (int64_t)extent[i];
        n *= extent[i];
        if (n > (hsize_t)VALUES_MAX) refuse(h, "a column has too many values");
    }
    return h->rc == FS_OK ? (size_t)n : 0;
}

static void get_values(struct reader *r, hid_t set, hid_t space, struct fs_column *column, size_t n)
{
    struct hdf *h = &r->h;
    column->data = fs_arena_alloc(r->results->arena, n ? n * 8 : 8);
    if (n == 0) return;
    if (H5Dget_storage_size(set) < n * 8 / DEFLATE_MAX) refuse(h, "a column lacks its values");
    if (h->rc != FS_OK) return;
    keep(h, H5Dread(set, file_type(h, column->type), H5S_ALL, H5S_ALL, H5P_DEFAULT,
                    (void *)(uintptr_t)column->data));
    if (column->type == FS_TEXT) {
        adopt_texts(r, (const char **)(uintptr_t)column->text, n, space);
    }
}

static const char *scale_name(struct reader *r, const hvl_t *reference)
{
    for (struct scale *s = r->scales; s && reference->len == 1; s = s->next) {
        if (s->at == *(hobj_ref_t *)reference->p) return s->name;
    }
    refuse(&r->h, "a column has a dimension that is not in the file");
    return "";
}

static void get_dimensions(struct reader *r, hid_t set, struct fs_column *column)
{
    struct hdf *h = &r->h;
    hvl_t list[FS_RESULTS_RANK];
    hid_t type = keep(h, H5Tvlen_create(H5T_STD_REF_OBJ));
    hid_t id = keep(h, H5Aopen(set, "DIMENSION_LIST", H5P_DEFAULT));
    hid_t found = keep(h, H5Aget_type(id)), space = keep(h, H5Aget_space(id));
    if (keep(h, H5Tequal(found, type)) <= 0 ||
        keep(h, H5Sget_simple_extent_npoints(space)) != column->rank) {
        refuse(h, "a column's dimensions are not listed as ours are");
    }
    if (h->rc == FS_OK && keep(h, H5Aread(id, type, list)) >= 0) {
        for (int i = 0; i < column->rank; i++)
            column->dim[i] = scale_name(r, &list[i]);
        keep(h, H5Dvlen_reclaim(type, space, H5P_DEFAULT, list));
    }
    keep(h, H5Sclose(space));
    keep(h, H5Tclose(found));
    keep(h, H5Aclose(id));
    keep(h, H5Tclose(type));
}

static void add_scale(struct reader *r, struct fs_column *column, hobj_ref_t at)
{
    if (column->rank != 1) refuse(&r->h, "a dimension has not one dimension");
    struct scale *scale = fs_arena_alloc(r->results->arena, sizeof *scale);
    *scale = (struct scale){at, column->name, r->scales};
    r->scales = scale;
    column->dim[0] = column->name;
}

static void read_column(struct reader *r, hid_t set, struct fs_column *column, hobj_ref_t at)
{
    struct hdf *h = &r->h;
    hid_t list = keep(h, H5Dget_create_plist(set));
    hid_t space = keep(h, H5Dget_space(set));
    hid_t type = keep(h, H5Dget_type(set));
    check_storage(h, list);
    if (!our_type(h, type, &column->type)) refuse(h, "a column has a type that is not ours");
    const size_t n = get_shape(h, space, column);
    if (h->rc == FS_OK) {
        column->units = get_text(r, set, "units");
        column->long_name = get_text(r, set, "long_name");
    }
    if (h->rc == FS_OK) get_values(r, set, space, column, n);
    if (h->rc == FS_OK && keep(h, H5Aexists(set, "CLASS")) > 0) {
        add_scale(r, column, at);
    } else if (h->rc == FS_OK && column->rank > 0) {
        get_dimensions(r, set, column);
    }
    keep(h, H5Tclose(type));
    keep(h, H5Sclose(space));
    keep(h, H5Pclose(list));
}

struct names {
    struct reader *reader;
    struct fs_results_group *group;
    const char **name;
    size_t n, room;
};

static herr_t on_link(hid_t group, const char *name, const H5L_info_t *info, void *data)
{
    struct names *names = data;
    (void)group;
    if (info->type != H5L_TYPE_HARD) {
        refuse(&names->reader->h, "it has a link that may lead elsewhere");
        return -1;
    }
    if (names->n == names->room) {
        names->room = names->room ? 2 * names->room : 64;
        names->name = fs_realloc(names->name, names->room * sizeof *names->name, "names");
    }
    names->name[names->n++] = fs_arena_text(names->reader->results->arena, name);
    return 0;
}

static herr_t on_attribute(hid_t owner, const char *name, const H5A_info_t *info, void *data)
{
    struct names *names = data;
    struct reader *r = names->reader;
    (void)info;
    struct fs_results_attribute *attribute =
        fs_results_tree_attribute(r->results, names->group, name);
    const struct fs_results_attribute value = get_attribute(r, owner, name);
    attribute->type = value.type;
    attribute->i64 = value.i64;
    return r->h.rc == FS_OK ? 0 : -1;
}

static void read_group(struct reader *r, hid_t id, const char *path, int depth);

/* Columns on the first pass, groups on the second: a group's columns may use dimensions of its
 * parents. An object with a second name could close a circle. */
static void read_child(struct reader *r, hid_t parent, struct fs_results_group *group,
                       const char *name, H5O_type_t pass, int depth)
{
    struct hdf *h = &r->h;
    H5O_info_t info = {.type = H5O_TYPE_UNKNOWN};
    hid_t id = keep(h, H5Oopen(parent, name, H5P_DEFAULT));
    keep(h, H5Oget_info2(id, &info, H5O_INFO_BASIC));
    if (info.rc != 1) refuse(h, "a part of it has two names");
    if (info.type != H5O_TYPE_DATASET && info.type != H5O_TYPE_GROUP) {
        refuse(h, "it has a part that is neither group nor column");
    }
    if (h->rc == FS_OK && info.type == pass) {
        if (pass == H5O_TYPE_DATASET) {
            read_column(r, id, fs_results_tree_column(r->results, group, name), info.addr);
        } else {
            fs_results_tree_child(r->results, group, name);
            const char *slash = *group->path ? "/" : "";
            read_group(r, id,
                       fs_arena_format(r->results->arena, "%s%s%s", group->path, slash, name),
                       depth + 1);
        }
    }
    keep(h, H5Oclose(id));
}

static void read_group(struct reader *r, hid_t id, const char *path, int depth)
{
    struct hdf *h = &r->h;
    if (depth > DEPTH_MAX) refuse(h, "its groups are nested too deeply");
    if (h->rc != FS_OK) return;
    struct names names = {.reader = r, .group = fs_results_tree_group(r->results, path)};
    hsize_t at = 0;
    keep(h, H5Literate(id, H5_INDEX_CRT_ORDER, H5_ITER_INC, &at, on_link, &names));
    at = 0;
    keep(h, H5Aiterate2(id, H5_INDEX_NAME, H5_ITER_INC, &at, on_attribute, &names));
    for (size_t i = 0; i < names.n && h->rc == FS_OK; i++) {
        read_child(r, id, names.group, names.name[i], H5O_TYPE_DATASET, depth);
    }
    for (size_t i = 0; i < names.n && h->rc == FS_OK; i++) {
        read_child(r, id, names.group, names.name[i], H5O_TYPE_GROUP, depth);
    }
    free(names.name);
}

enum fs_rc fs_results_open(const char *path, struct fs_results **results,
                           struct fs_failure *failure)
{
    struct reader r = {
        .h = {.path = path, .verb = "read", .advice = "run again to write a new one"}};
    *results = NULL;
    hdf_begin(&r.h);
    if (r.h.rc == FS_OK) open_image(&r.h);
    if (r.h.rc == FS_OK) {
        r.results = fs_results_tree_new();
        hid_t root = keep(&r.h, H5Gopen2(r.h.file, "/", H5P_DEFAULT));
        read_group(&r, root, "", 0);
        keep(&r.h, H5Gclose(root));
    }
    hdf_end(&r.h);
    if (r.h.rc == FS_OK) {
        *results = r.results;
    } else {
        fs_results_close(r.results);
        *failure = r.h.failure;
    }
    return r.h.rc;
}
