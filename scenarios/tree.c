/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The parser turns libyaml's events into nodes with a stack of its own, so that no input decides
 * how deep the C stack goes. The text is checked before libyaml sees it: what is left has lines
 * that end as an editor ends them, so line and column mean the same here, in libyaml and on the
 * user's screen. A complaint that leaves the rest readable (an alias, a tag, a duplicate key) does
 * not stop the reading; a broken limit or syntax does. Duplicate keys are found by sorting a map's
 * keys when it ends, since comparing each with each takes seconds in files made to do so.
 */
#include "tree.h"
#include "utf8.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <yaml.h>

#define MAX_SIZE   ((size_t)1 << 20)
#define MAX_DEPTH  64
#define MAX_KEYS   1000
#define MAX_NODES  200000
#define CHUNK      40
#define MAX_KEY    200
#define TO_THE_END (1 << 20) /* width of what goes over several lines */

struct level {
    struct fs_node *node, **tail;
    int n;
    const char *key; /* read, its value is still to come */
    struct fs_place key_place;
};

struct reader {
    struct fs_arena *arena;
    struct fs_report *report;
    const struct fs_text *text;
    struct fs_node *root;
    struct level level[MAX_DEPTH];
    struct fs_node *fresh, *end; /* nodes are taken from the arena in chunks */
    int depth, nodes, documents;
};

/* ---- before libyaml ------------------------------------------------------------------------- */

static const char *what_is_wrong(int32_t code, const char *at, const char *end)
{
    if (code < 0) return "is not valid UTF-8; save the file in that encoding";
    if (code == 0) return "is a NUL byte; this is no text file";
    if (code == '\r' && (at + 1 == end || at[1] != '\n'))
        return "is a carriage return alone; lines end with LF or CRLF";
    if (code == '\t' || code == '\n' || code == '\r' || !fs_utf8_control(code)) return NULL;
    return "is a control character; write it as an escape in double quotes";
}

static bool check_text(struct reader *reader)
{
    const char *at = reader->text->data, *end = at + reader->text->size;
    struct fs_place place = {.text = reader->text, .line = 1, .column = 1, .width = 1};
    for (size_t length = 1; at < end; at += length, place.column++) {
        if (*at >= ' ' && *at < 0x7F) {
            length = 1;
            continue;
        }
        const int32_t code = fs_utf8_read(at, (size_t)(end - at), &length);
        const char *wrong = what_is_wrong(code, at, end);
        if (wrong) {
            fs_report_error(reader->report, place, NULL, "'%s' %s",
                            fs_escape(reader->arena, at, length), wrong);
            return false;
        }
        if (code == '\n') {
            place.line++;
            place.column = 0;
        }
    }
    return true;
}

/* ---- events --------------------------------------------------------------------------------- */

static struct fs_place place_at(const struct reader *reader, yaml_mark_t start, yaml_mark_t end)
{
    struct fs_place place = {.text = reader->text,
                             .line = (int)start.line + 1,
                             .column = (int)start.column + 1,
                             .width = 1};
    if (end.line > start.line)
        place.width = TO_THE_END;
    else if (end.column > start.column)
        place.width = (int)(end.column - start.column);
    return place;
}

static struct fs_place event_place(const struct reader *reader, const yaml_event_t *event)
{
    const bool scalar = event->type == YAML_SCALAR_EVENT || event->type == YAML_ALIAS_EVENT;
    return place_at(reader, event->start_mark, scalar ? event->end_mark : event->start_mark);
}

/* An anchor or a tag of an event, or the alias that it is. */
static void refuse_decoration(const struct reader *reader, const yaml_event_t *event)
{
    const yaml_char_t *anchor = NULL, *tag = NULL;
    if (event->type == YAML_SCALAR_EVENT) {
        anchor = event->data.scalar.anchor;
        tag = event->data.scalar.tag;
    } else if (event->type == YAML_MAPPING_START_EVENT) {
        anchor = event->data.mapping_start.anchor;
        tag = event->data.mapping_start.tag;
    } else if (event->type == YAML_SEQUENCE_START_EVENT) {
        anchor = event->data.sequence_start.anchor;
        tag = event->data.sequence_start.tag;
    }
    const struct fs_place place = event_place(reader, event);
    if (anchor)
        fs_report_error(reader->report, place, NULL, "anchors ('&%s') are not allowed", anchor);
    if (tag)
        fs_report_error(reader->report, place, NULL,
                        "tags ('%s') are not allowed: types come from the keys", tag);
    if (event->type == YAML_ALIAS_EVENT)
        fs_report_error(reader->report, place,
                        "write the value out, or let a variant extend another",
                        "aliases ('*%s') are not allowed", event->data.alias.anchor);
}

static bool is_null(const yaml_event_t *event)
{
    static const char *const null[] = {"", "~", "null", "Null", "NULL"};
    if (event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE) return false;
    for (size_t i = 0; i < sizeof null / sizeof *null; i++) {
        if (strcmp((const char *)event->data.scalar.value, null[i]) == 0) return true;
    }
    return false;
}

/* The key of the next value; false ends the reading. */
static bool take_key(struct reader *reader, struct level *level, const yaml_event_t *event)
{
    const struct fs_place place = event_place(reader, event);
    const char *wrong = NULL;
    if (event->type != YAML_SCALAR_EVENT)
        wrong = "a key must be a plain name";
    else if (event->data.scalar.length == 0)
        wrong = "a key is missing here";
    else if (event->data.scalar.length > MAX_KEY)
        wrong = "this key is longer than 200 bytes";
    else if (memchr(event->data.scalar.value, 0, event->data.scalar.length))
        wrong = "a key cannot hold NUL";
    else if (++level->n > MAX_KEYS)
        wrong = "this map has more than 1,000 keys";
    if (wrong) {
        fs_report_error(reader->report, place, NULL, "%s", wrong);
        return false;
    }
    level->key = fs_arena_text(reader->arena, (const char *)event->data.scalar.value);
    level->key_place = place;
    return true;
}

static struct fs_node *new_node(struct reader *reader)
{
    if (reader->fresh == reader->end) {
        reader->fresh = fs_arena_alloc(reader->arena, CHUNK * sizeof *reader->fresh);
        reader->end = reader->fresh + CHUNK;
    }
    return reader->fresh++;
}

/* A new node in the map or list that is open; NULL ends the reading. */
static struct fs_node *add_node(struct reader *reader, enum fs_node_kind kind,
                                const yaml_event_t *event)
{
    const struct fs_place place = event_place(reader, event);
    if (++reader->nodes > MAX_NODES) {
        fs_report_error(reader->report, place, NULL, "this file has more than 200,000 values");
        return NULL;
    }
    struct fs_node *node = new_node(reader);
    node->kind = kind;
    node->place = place;
    if (reader->depth == 0) {
        reader->root = node;
        return node;
    }
    struct level *level = &reader->level[reader->depth - 1];
    node->key = level->key;
    node->key_place = level->key_place;
    level->key = NULL;
    *level->tail = node;
    level->tail = &node->next;
    return node;
}

static bool add_scalar(struct reader *reader, const yaml_event_t *event)
{
    struct fs_node *node = add_node(reader, FS_NODE_SCALAR, event);
    if (!node) return false;
    node->text = "";
    if (event->type == YAML_ALIAS_EVENT || is_null(event)) return true;
    const char *value = (const char *)event->data.scalar.value;
    if (memchr(value, 0, event->data.scalar.length))
        fs_report_error(reader->report, node->place, NULL, "a text cannot hold NUL");
    node->text = fs_arena_text(reader->arena, value);
    node->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
    return true;
}

static bool open_level(struct reader *reader, enum fs_node_kind kind, const yaml_event_t *event)
{
    if (reader->depth == MAX_DEPTH) {
        fs_report_error(reader->report, event_place(reader, event), NULL,
                        "this is nested deeper than 64 levels");
        return false;
    }
    struct fs_node *node = add_node(reader, kind, event);
    if (!node) return false;
    reader->level[reader->depth++] = (struct level){.node = node, .tail = &node->child};
    return true;
}

static int compare_keys(const void *left, const void *right)
{
    const struct fs_node *a = *(struct fs_node *const *)left, *b = *(struct fs_node *const *)right;
    const int keys = strcmp(a->key, b->key);
    if (keys) return keys;
    if (a->key_place.line != b->key_place.line) return a->key_place.line - b->key_place.line;
    return a->key_place.column - b->key_place.column;
}

static void complain_twice(const struct reader *reader, const struct fs_node *first,
                           const struct fs_node *second)
{
    fs_report_error(
        reader->report, second->key_place,
        fs_arena_format(reader->arena, "it stands on line %d already", first->key_place.line),
        "duplicate key '%s'", second->key);
}

static void close_level(struct reader *reader)
{
    const struct level *level = &reader->level[--reader->depth];
    if (level->node->kind != FS_NODE_MAP || level->n < 2) return;
    struct fs_node *sorted[MAX_KEYS];
    size_t n = 0;
    for (struct fs_node *child = level->node->child; child; child = child->next)
        sorted[n++] = child;
    qsort(sorted, n, sizeof sorted[0], compare_keys);
    for (size_t i = 1; i < n; i++) {
        if (strcmp(sorted[i - 1]->key, sorted[i]->key) == 0)
            complain_twice(reader, sorted[i - 1], sorted[i]);
    }
}

/* False when there is nothing more to read. */
static bool take_event(struct reader *reader, const yaml_event_t *event)
{
    struct level *level = reader->depth ? &reader->level[reader->depth - 1] : NULL;
    refuse_decoration(reader, event);
    const bool ends = event->type == YAML_MAPPING_END_EVENT;
    const bool wants_key = level && level->node->kind == FS_NODE_MAP && !level->key;
    if (wants_key && !ends) return take_key(reader, level, event);
    switch (event->type) {
    case YAML_DOCUMENT_START_EVENT:
        if (++reader->documents < 2) return true;
        fs_report_error(reader->report, event_place(reader, event), NULL,
                        "a second document: one file holds one scenario");
        return false;
    case YAML_ALIAS_EVENT:
    case YAML_SCALAR_EVENT:
        return add_scalar(reader, event);
    case YAML_MAPPING_START_EVENT:
        return open_level(reader, FS_NODE_MAP, event);
    case YAML_SEQUENCE_START_EVENT:
        return open_level(reader, FS_NODE_LIST, event);
    case YAML_MAPPING_END_EVENT:
    case YAML_SEQUENCE_END_EVENT:
        close_level(reader);
        return true;
    case YAML_STREAM_END_EVENT:
        return false;
    case YAML_STREAM_START_EVENT:
    case YAML_DOCUMENT_END_EVENT:
    case YAML_NO_EVENT:
        return true;
    }
    return false;
}

static bool is_indented_by_tab(const struct reader *reader, size_t line)
{
    const char *at = reader->text->data, *end = at + reader->text->size;
    for (; line > 0 && at < end; line--) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        at = stop ? stop + 1 : end;
    }
    while (at < end && *at == ' ')
        at++;
    return at < end && *at == '\t';
}

static void complain_syntax(struct reader *reader, const yaml_parser_t *yaml)
{
    const struct fs_place place = place_at(reader, yaml->problem_mark, yaml->problem_mark);
    const char *hint = NULL;
    if (is_indented_by_tab(reader, yaml->problem_mark.line))
        hint = "indent with spaces, not tabs";
    else if (yaml->context && yaml->context_mark.line != yaml->problem_mark.line)
        hint = fs_arena_format(reader->arena, "what it belongs to begins on line %zu",
                               yaml->context_mark.line + 1);
    fs_report_error(reader->report, place, hint, "this is not YAML: %s%s%s",
                    yaml->problem ? yaml->problem : "unreadable", yaml->context ? " " : "",
                    yaml->context ? yaml->context : "");
}

static void read_events(struct reader *reader)
{
    yaml_parser_t yaml;
    fs_assert(NULL, yaml_parser_initialize(&yaml));
    yaml_parser_set_encoding(&yaml, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&yaml, (const unsigned char *)reader->text->data,
                                 reader->text->size);
    for (bool more = true; more;) {
        yaml_event_t event;
        if (!yaml_parser_parse(&yaml, &event)) {
            complain_syntax(reader, &yaml);
            break;
        }
        more = take_event(reader, &event);
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&yaml);
}

/* ---- doors ---------------------------------------------------------------------------------- */

static struct fs_text *keep_text(struct fs_arena *arena, const char *name, const char *data,
                                 size_t size)
{
    if (size >= 3 && memcmp(data, "\xEF\xBB\xBF", 3) == 0) {
        data += 3;
        size -= 3;
    }
    struct fs_text *text = fs_arena_alloc(arena, sizeof *text);
    char *copy = fs_arena_alloc(arena, size + 1);
    if (size > 0) memcpy(copy, data, size);
    *text = (struct fs_text){.name = fs_arena_text(arena, name), .data = copy, .size = size};
    return text;
}

static void complain_file(struct fs_arena *arena, const char *name, struct fs_report *report,
                          const char *wrong)
{
    const struct fs_place place = {.text = keep_text(arena, name, "", 0), .width = 1};
    fs_report_error(report, place, NULL, "%s", wrong);
}

struct fs_node *fs_tree_parse(struct fs_arena *arena, const char *name, const char *data,
                              size_t size, struct fs_report *report)
{
    const int before = fs_report_errors(report);
    if (size > MAX_SIZE) {
        complain_file(arena, name, report, "is larger than 1 MiB");
        return NULL;
    }
    struct reader reader = {
        .arena = arena, .report = report, .text = keep_text(arena, name, data, size)};
    if (check_text(&reader)) read_events(&reader);
    if (fs_report_errors(report) > before) return NULL;
    if (!reader.root) {
        reader.root = fs_arena_alloc(arena, sizeof *reader.root);
        *reader.root = (struct fs_node){
            .text = "", .place = {.text = reader.text, .line = 1, .column = 1, .width = 1}};
    }
    return reader.root;
}

static const char *no_file(int file)
{
    struct stat status;
    if (fstat(file, &status) != 0) return "cannot be looked at";
    if (S_ISDIR(status.st_mode)) return "is a folder, not a file";
    if (!S_ISREG(status.st_mode)) return "is no regular file";
    return status.st_size > (off_t)MAX_SIZE ? "is larger than 1 MiB" : NULL;
}

/* Up to one byte more than allowed, so that too much is noticed; -1 with errno. */
static ssize_t read_all(int file, char *data)
{
    size_t size = 0;
    while (size <= MAX_SIZE) {
        const ssize_t n = read(file, data + size, MAX_SIZE + 1 - size);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return -1;
        if (n == 0) break;
        size += (size_t)n;
    }
    return (ssize_t)size;
}

static enum fs_rc read_open(int file, struct fs_arena *arena, const char *name,
                            struct fs_node **tree, struct fs_report *report,
                            struct fs_failure *failure)
{
    char *data = fs_alloc(MAX_SIZE + 1, "a file's text");
    const ssize_t size = read_all(file, data);
    if (size < 0) {
        free(data);
        return fs_fail(failure, "cannot read: %s: %s; check the file", name, strerror(errno));
    }
    *tree = fs_tree_parse(arena, name, data, (size_t)size, report);
    free(data);
    return *tree ? FS_OK : FS_INPUT;
}

enum fs_rc fs_tree_read(struct fs_arena *arena, const char *path, struct fs_node **tree,
                        struct fs_report *report, struct fs_failure *failure)
{
    *tree = NULL;
    if (strcmp(path, "-") == 0)
        return read_open(STDIN_FILENO, arena, "standard input", tree, report, failure);
    /* Not to wait for the other end of a FIFO. */
    const int file = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (file < 0)
        return fs_fail(failure, "cannot open: %s: %s; check the path", path, strerror(errno));
    const char *wrong = no_file(file);
    enum fs_rc rc = FS_INPUT;
    if (wrong)
        complain_file(arena, path, report, wrong);
    else
        rc = read_open(file, arena, path, tree, report, failure);
    close(file);
    return rc;
}
