/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A run's memory, slabs, and the helpers for failures that allocate or format. */
#include "arena.h"
#include "fail.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static bool all_zero(const unsigned char *at, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (at[i]) return false;
    }
    return true;
}

static void blocks_are_zeroed_aligned_and_apart(void **state)
{
    (void)state;
    struct fs_arena *arena = fs_arena_new();
    for (size_t i = 0; i < 3000; i++) {
        const size_t size = i * 7 % 513;
        unsigned char *at = fs_arena_alloc(arena, size);
        assert_int_equal((uintptr_t)at % (size >= 64 ? 64 : 16), 0);
        assert_true(all_zero(at, size)); /* whoever wrote before did not reach here */
        memset(at, 0xff, size);
    }
    fs_arena_free(arena);
}

static void a_large_block_gets_memory_of_its_own(void **state)
{
    (void)state;
    const size_t large = (size_t)5 << 20;
    struct fs_arena *arena = fs_arena_new();
    char *before = fs_arena_alloc(arena, 16);
    const size_t size = fs_arena_size(arena);
    unsigned char *block = fs_arena_alloc(arena, large);
    assert_int_equal((uintptr_t)block % 64, 0);
    assert_true(all_zero(block, large));
    memset(block, 0xff, large);
    assert_in_range(fs_arena_size(arena) - size, large, large + 4096);
    char *after = fs_arena_alloc(arena, 16);
    assert_ptr_equal(after, before + 16); /* the current block goes on */
    fs_arena_free(arena);
}

static void small_blocks_share_what_is_taken_from_the_system(void **state)
{
    (void)state;
    struct fs_arena *arena = fs_arena_new();
    for (int i = 0; i < 100000; i++)
        fs_arena_alloc(arena, 48);
    assert_in_range(fs_arena_size(arena), 4800000, 4800000 + (2 << 20));
    fs_arena_free(arena);
}

static void text_is_copied_and_formatted(void **state)
{
    (void)state;
    struct fs_arena *arena = fs_arena_new();
    char source[] = "traffic.jobs";
    char *copy = fs_arena_text(arena, source);
    source[0] = 'x';
    assert_string_equal(copy, "traffic.jobs");
    assert_string_equal(fs_arena_text(arena, ""), "");
    char *text = fs_arena_format(arena, "%s, replication %d", copy, 3);
    assert_string_equal(text, "traffic.jobs, replication 3");
    char *wide = fs_arena_format(arena, "%100000d", 7);
    assert_int_equal(strlen(wide), 100000);
    fs_arena_free(arena);
}

static void an_arena_may_be_null_when_freed(void **state)
{
    (void)state;
    fs_arena_free(NULL);
}

#define OBJECTS 5000

static void slab_objects_are_apart_and_used_again(void **state)
{
    (void)state;
    struct fs_arena *arena = fs_arena_new();
    struct fs_slab slab;
    fs_slab_new(&slab, arena, 40);
    assert_int_equal(slab.size, 48);
    unsigned char *object[OBJECTS];
    for (int i = 0; i < OBJECTS; i++) {
        object[i] = fs_slab_get(&slab);
        assert_int_equal((uintptr_t)object[i] % 16, 0);
        memset(object[i], i % 251, 40);
    }
    for (int i = 0; i < OBJECTS; i++) {
        for (int byte = 0; byte < 40; byte++)
            assert_int_equal(object[i][byte], i % 251);
    }
    const size_t size = fs_arena_size(arena);
    for (int round = 0; round < 10; round++) {
        for (int i = 0; i < OBJECTS; i++)
            fs_slab_put(&slab, object[i]);
        assert_ptr_equal(fs_slab_get(&slab), object[OBJECTS - 1]); /* the last one is warm */
        for (int i = OBJECTS - 2; i >= 0; i--)
            assert_ptr_equal(fs_slab_get(&slab), object[i]);
    }
    assert_int_equal(fs_arena_size(arena), size); /* no memory once warm */
    fs_arena_free(arena);
}

static void slabs_of_any_size_work(void **state)
{
    (void)state;
    struct fs_arena *arena = fs_arena_new();
    static const size_t sizes[] = {0, 1, 16, 64, 640, 8192, 100000};
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        struct fs_slab slab;
        fs_slab_new(&slab, arena, sizes[s]);
        char *one = fs_slab_get(&slab), *two = fs_slab_get(&slab);
        assert_true((size_t)(one < two ? two - one : one - two) >= slab.size);
        assert_true(slab.size >= sizes[s] && slab.size >= sizeof(void *));
        memset(one, 1, sizes[s]);
        memset(two, 2, sizes[s]);
        if (sizes[s] == 64) assert_int_equal((uintptr_t)one % 64, 0);
    }
    fs_arena_free(arena);
}

static void a_failure_is_formatted_and_cut_to_fit(void **state)
{
    (void)state;
    struct fs_failure failure;
    assert_int_equal(fs_fail(&failure, "reading: %s: %s", "a.yaml", "no such file"), FS_WORLD);
    assert_string_equal(failure.text, "reading: a.yaml: no such file");
    assert_int_equal(fs_fail(&failure, "%2000d", 1), FS_WORLD);
    assert_int_equal(strlen(failure.text), sizeof failure.text - 1);
}

static void allocation_is_zeroed_and_grows_keeping_its_contents(void **state)
{
    (void)state;
    unsigned char *block = fs_alloc(100, "a test");
    assert_true(all_zero(block, 100));
    memset(block, 7, 100);
    block = fs_realloc(block, 100000, "a test");
    for (int i = 0; i < 100; i++)
        assert_int_equal(block[i], 7);
    free(block);
}

/* Asked by the address sanitizer, which would end the program before we can. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "allocator_may_return_null=1";
}

static void running_out_of_memory_says_what_for_and_exits_with_3(void **state)
{
    (void)state;
    int fd[2], status;
    char text[8192] = "";
    assert_int_equal(pipe(fd), 0);
    const pid_t child = fork();
    if (child == 0) {
        dup2(fd[1], STDERR_FILENO);
        volatile size_t size = SIZE_MAX / 2;
        free(fs_alloc(size, "a huge test"));
        _exit(0);
    }
    close(fd[1]);
    size_t used = 0;
    for (ssize_t n; (n = read(fd[0], text + used, sizeof text - 1 - used)) > 0;)
        used += (size_t)n;
    close(fd[0]);
    waitpid(child, &status, 0);
    assert_non_null(strstr(text, "9223372036854775807 bytes for a huge test"));
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_are_zeroed_aligned_and_apart),
        cmocka_unit_test(a_large_block_gets_memory_of_its_own),
        cmocka_unit_test(small_blocks_share_what_is_taken_from_the_system),
        cmocka_unit_test(text_is_copied_and_formatted),
        cmocka_unit_test(an_arena_may_be_null_when_freed),
        cmocka_unit_test(slab_objects_are_apart_and_used_again),
        cmocka_unit_test(slabs_of_any_size_work),
        cmocka_unit_test(a_failure_is_formatted_and_cut_to_fit),
        cmocka_unit_test(allocation_is_zeroed_and_grows_keeping_its_contents),
        cmocka_unit_test(running_out_of_memory_says_what_for_and_exits_with_3),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
