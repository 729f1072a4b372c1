#include "store/run_files.h"
#include "unit/store_fixture.h"

#include <fcntl.h>
#include <sys/stat.h>

static void ids_are_known_by_their_form(void **state)
{
    (void)state;
    static const char *const right[] = {"0123456789ab", "0123456789ab-2", "0123456789ab-13"};
    static const char *const wrong[] = {"",
                                        "0123456789a",
                                        "0123456789abc",
                                        "0123456789ab-",
                                        "0123456789ab-2x",
                                        "0123456789AB",
                                        "0123456789ab.old"};
    for (size_t i = 0; i < sizeof right / sizeof *right; i++)
        assert_true(run_files_is_id(right[i]));
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_false(run_files_is_id(wrong[i]));
}

static void checkpoints_are_known_by_their_form(void **state)
{
    (void)state;
    assert_true(run_files_is_checkpoint("step-10.safetensors"));
    assert_true(run_files_is_checkpoint("final.safetensors"));
    assert_true(run_files_is_checkpoint("final.safetensors.12.tmp"));
    assert_false(run_files_is_checkpoint("step-10.safetensors.bak"));
    assert_false(run_files_is_checkpoint("my.safetensors"));
    assert_false(run_files_is_checkpoint("finally.safetensors"));
    assert_true(run_files_is_checkpoint("last-word.txt"));
    assert_false(run_files_is_checkpoint("last-word.txt.bak"));
    assert_false(run_files_is_checkpoint("final.safetensors.12.tmp2"));
}

static char *put(struct fixture *fixture, const char *name)
{
    char *path = file_join(fixture->folder, name);
    assert_ok(fixture, file_replace(path, "12345", 5, &fixture->error));
    return path;
}

static void expect_file(struct fixture *fixture, const char *name, bool there)
{
    char *path = file_join(fixture->folder, name);
    struct stat status;
    if ((lstat(path, &status) == 0) != there)
        fail_msg("%s is %s", path, there ? "gone" : "there");
    memory_free(path);
}

static void expect_word(struct fixture *fixture, const char *content, const char *expected)
{
    char *path = file_join(fixture->folder, LAST_WORD);
    assert_ok(fixture, file_replace(path, content, strlen(content), &fixture->error));
    char *word = run_files_last_word(fixture->folder, 12);
    if (expected)
        assert_string_equal(word, expected);
    else
        assert_null(word);
    memory_free(word);
    memory_free(path);
}

static void last_words_are_read_with_care(void **state)
{
    struct fixture *fixture = *state;
    assert_null(run_files_last_word(fixture->folder, 12));
    expect_word(fixture, "process 12: crashed\n", "crashed");
    expect_word(fixture, "process 12: cra\033[31mshed\n", "cra?[31mshed");
    expect_word(fixture, "process 123: crashed\n", NULL);
    expect_word(fixture, "process 12: cras", NULL);
    expect_word(fixture, "", NULL);
    expect_word(fixture, "\n", NULL);
    char *path = file_join(fixture->folder, LAST_WORD);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkfifo(path, 0600), 0); /* nobody waits for a writer */
    assert_null(run_files_last_word(fixture->folder, 12));
    memory_free(path);
}

static void only_checkpoints_go(void **state)
{
    struct fixture *fixture = *state;
    memory_free(put(fixture, "final.safetensors"));
    memory_free(put(fixture, "step-1.safetensors"));
    memory_free(put(fixture, "notes.txt"));
    struct sweep dry = {.is_dry = true}, sweep = {0};
    run_files_sweep(fixture->folder, "final.safetensors", "", true, &dry);
    expect_file(fixture, "step-1.safetensors", true);
    run_files_sweep(fixture->folder, "final.safetensors", "", true, &sweep);
    assert_int_equal(sweep.files, 1);
    assert_int_equal(sweep.bytes, 5);
    assert_int_equal(sweep.folders, 0);
    assert_int_equal(sweep.failures, 0);
    assert_int_equal(dry.files, sweep.files);
    assert_int_equal(dry.bytes, sweep.bytes);
    expect_file(fixture, "step-1.safetensors", false);
    expect_file(fixture, "final.safetensors", true);
    expect_file(fixture, "notes.txt", true);
}

static void an_empty_folder_goes_with_its_files(void **state)
{
    struct fixture *fixture = *state;
    char *inner = file_join(fixture->folder, "0123456789ab");
    assert_ok(fixture, file_make_folders(inner, &fixture->error));
    memory_free(put(fixture, "0123456789ab/final.safetensors"));
    struct sweep sweep = {0};
    run_files_sweep(inner, "", "", true, &sweep);
    assert_int_equal(sweep.folders, 1);
    assert_false(file_exists(inner));
    run_files_sweep(inner, "", "", true, &sweep); /* gone: as if another had been faster */
    assert_int_equal(sweep.folders, 1);
    assert_int_equal(sweep.failures, 0);
    memory_free(inner);
}

/* NAME is a format for a process id. */
static void put_part(struct fixture *fixture, const char *format, pid_t pid, char name[64])
{
    snprintf(name, 64, format, (long)pid);
    memory_free(put(fixture, name));
}

static void what_a_living_process_writes_stays(void **state)
{
    struct fixture *fixture = *state;
    char alive[64], dead[64], younger[64];
    pid_t child = fork();
    if (child == 0)
        _exit(0);
    wait_for(child);
    put_part(fixture, "step-7.safetensors.%ld.tmp", getpid(), alive);
    put_part(fixture, "step-7.safetensors.%ld.tmp", child, dead);
    /* Older than the process whose number it has. */
    put_part(fixture, "step-8.safetensors.%ld.tmp", getpid(), younger);
    char *path = file_join(fixture->folder, younger);
    const struct timespec times[2] = {{.tv_sec = 1000000000}, {.tv_sec = 1000000000}};
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
    memory_free(path);
    struct sweep sweep = {0};
    run_files_sweep(fixture->folder, "", "", false, &sweep);
    expect_file(fixture, alive, true);
    expect_file(fixture, dead, false);
    expect_file(fixture, younger, false);
}

static void links_are_not_followed(void **state)
{
    struct fixture *fixture = *state;
    char *target = put(fixture, "precious"), *folder = file_join(fixture->folder, "runs");
    char *link = file_join(folder, "final.safetensors"), *other = file_join(fixture->folder, "ln");
    assert_ok(fixture, file_make_folders(folder, &fixture->error));
    assert_int_equal(symlink(target, link), 0);
    assert_int_equal(symlink(folder, other), 0);
    struct sweep sweep = {0};
    run_files_sweep(other, "", "", true, &sweep);
    assert_int_equal(sweep.files + sweep.failures, 0);
    run_files_sweep(folder, "", "", true, &sweep);
    assert_int_equal(sweep.files, 1);
    expect_file(fixture, "precious", true);
    memory_free(target);
    memory_free(folder);
    memory_free(link);
    memory_free(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_are_known_by_their_form),
        cmocka_unit_test(checkpoints_are_known_by_their_form),
        STORE_TEST(last_words_are_read_with_care),
        STORE_TEST(only_checkpoints_go),
        STORE_TEST(an_empty_folder_goes_with_its_files),
        STORE_TEST(what_a_living_process_writes_stays),
        STORE_TEST(links_are_not_followed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
