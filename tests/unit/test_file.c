#include "base/file.h"
#include "base/memory.h"
#include "unit/temporary_folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/resource.h>

#include <cmocka.h>

/* FOLDER/NAME; valid until the next four calls. */
static const char *at(const char *name)
{
    static char paths[4][8192];
    static int next;
    next = (next + 1) % 4;
    snprintf(paths[next], sizeof paths[next], "%s/%s", folder, name);
    return paths[next];
}

static void write_file(const char *name, const char *content)
{
    memory_free(temporary_write(folder, name, content, strlen(content), false));
}

static void assert_content(const char *name, const char *expected)
{
    struct text text = {0};
    assert_int_equal(file_read(at(name), 1 << 20, &text, NULL), 0);
    assert_string_equal(text_get(&text), expected);
    text_release(&text);
}

static int entries_of(const char *path)
{
    int count = 0;
    DIR *stream = opendir(path);
    assert_non_null(stream);
    while (readdir(stream))
        count++;
    closedir(stream);
    return count - 2;
}

static int open_descriptors(void)
{
    return entries_of("/proc/self/fd");
}

static void assert_path(char *path, const char *expected)
{
    assert_string_equal(path, expected);
    memory_free(path);
}

static void joins(void **state)
{
    (void)state;
    assert_path(file_join("a", "b"), "a/b");
    assert_path(file_join("a/", "b"), "a/b");
    assert_path(file_join("/", "b"), "/b");
    assert_path(file_join("", "b"), "b");
    assert_path(file_join(NULL, "b"), "b");
    assert_path(file_join("a", "/b"), "/b");
}

static void finds_the_home_folder(void **state)
{
    (void)state;
    assert_int_equal(setenv("HOME", "/home/of/somebody", 1), 0);
    assert_path(file_in_home(".cache/x"), "/home/of/somebody/.cache/x");
    assert_int_equal(setenv("HOME", "", 1), 0); /* then the system's word */
    char *path = file_in_home("x");
    assert_true(text_ends_with(path, "x") && !text_starts_with(path, "/home/of"));
    memory_free(path);
}

static void finds_the_folder(void **state)
{
    (void)state;
    assert_path(file_folder("b"), ".");
    assert_path(file_folder("/b"), "/");
    assert_path(file_folder("a/b"), "a");
    assert_path(file_folder("/a/b/c"), "/a/b");
    assert_path(file_folder("a/"), "a");
    assert_path(file_folder(""), ".");
}

static void finds_the_stem(void **state)
{
    (void)state;
    assert_path(file_stem("b"), "b");
    assert_path(file_stem("a.b/c.yaml"), "c");
    assert_path(file_stem("/a/b.v2.yaml"), "b.v2");
    assert_path(file_stem(".yaml"), ".yaml");
    assert_path(file_stem("a/.yaml"), ".yaml");
    assert_path(file_stem("-"), "-");
}

static void expect_name(const char *name, const char *expected)
{
    struct text path = {0};
    text_add(&path, "plots/");
    file_add_name(&path, name);
    assert_string_equal(text_get(&path) + 6, expected);
    text_release(&path);
}

static void names_of_users_become_names_of_files(void **state)
{
    (void)state;
    expect_name("cells_2.b-C", "cells_2.b-C");
    expect_name("\xc3\xa9\xe5\xae\x9e", "\xc3\xa9\xe5\xae\x9e");
    char hundred[102] = "";
    memset(hundred, 'n', 100);
    expect_name(hundred, hundred);
}

/* Names that must not be taken for one another, nor lead out of a folder. */
static void two_names_are_two_files(void **state)
{
    (void)state;
    enum { LONG = 300 };
    char longs[2][LONG + 1] = {""}, wide[LONG + 1] = "x";
    for (int i = 0; i < 2; i++) {
        memset(longs[i], 'n', LONG);
        longs[i][LONG - 1] = (char)('1' + i);
    }
    while (strlen(wide) + 2 < sizeof wide)
        strcat(wide, "\xc3\xa9");
    const char *const names[] = {
        "a b", "a-b", "a/b",  "a\tb",   "a\xc2\xa0z", "a\xffz", "a\xe2\x80\xaez", "",    ".a",
        "-a",  "..",  "../a", longs[0], longs[1],     wide,     "a\nb",           "a\\b"};
    enum { NAMES = sizeof names / sizeof names[0] };
    struct text files[NAMES] = {{0}};
    for (size_t i = 0; i < NAMES; i++) {
        file_add_name(&files[i], names[i]);
        const char *file = text_get(&files[i]);
        assert_true(*file && *file != '.' && strlen(file) <= 100 + 9);
        assert_null(strpbrk(file, "/ \t\n\\\xff"));
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(file, text_get(&files[j]));
    }
    /* Cut between characters: 1 byte, 49 of 2. */
    assert_memory_equal(text_get(&files[14]) + 97, "\xc3\xa9-", 3);
    for (size_t i = 0; i < NAMES; i++)
        text_release(&files[i]);
}

static void makes_folders(void **state)
{
    (void)state;
    struct error error;
    assert_int_equal(file_make_folders(at("one/two//three"), &error), 0);
    assert_true(file_is_folder(at("one/two/three")));
    assert_int_equal(file_make_folders(at("one/two/three/"), &error), 0);
    assert_int_equal(file_make_folders("/", &error), 0);
    assert_int_equal(file_make_folders(".", &error), 0);
    assert_true(symlink(at("one"), at("link")) == 0);
    assert_int_equal(file_make_folders(at("link/four"), &error), 0);
    assert_true(file_is_folder(at("one/four")));
}

static void makes_no_folder_of_a_file(void **state)
{
    (void)state;
    struct error error;
    write_file("file", "x");
    assert_true(file_exists(at("file")));
    assert_false(file_is_folder(at("file")) || file_is_folder(at("absent")));
    assert_int_equal(file_make_folders(at("file"), &error), -1);
    assert_int_equal(error.code, ERROR_FAILED);
    char *expected = text_format("cannot make the folder %s: Not a directory", at("file"));
    assert_string_equal(error.text, expected);
    memory_free(expected);
    assert_int_equal(file_make_folders(at("file/below"), &error), -1);
    assert_non_null(strstr(error.text, "/file: Not a directory"));
}

/* Whatever happens behind mkdir, the reason must be mkdir's. */
static void says_why_a_folder_cannot_be_made(void **state)
{
    (void)state;
    struct error error;
    assert_int_equal(chmod(folder, 0755), 0);
    assert_int_equal(mkdir(at("closed"), 0555), 0);
    uid_t user = geteuid();
    if (user == 0) /* root may write anywhere */
        assert_int_equal(seteuid(65534), 0);
    int result = file_make_folders(at("closed/new"), &error);
    assert_int_equal(seteuid(user), 0);
    assert_int_equal(result, -1);
    assert_non_null(strstr(error.text, "/closed/new: Permission denied"));
}

static void reads_up_to_the_limit(void **state)
{
    (void)state;
    struct error error;
    struct text text = {0};
    write_file("five", "12345");
    text_add(&text, "what was there before");
    assert_int_equal(file_read(at("five"), 5, &text, &error), 0);
    assert_string_equal(text.data, "12345");
    assert_int_equal(file_read(at("five"), 4, &text, &error), -1);
    assert_int_equal(error.code, ERROR_USAGE);
    assert_non_null(strstr(error.text, "/five: larger than the limit of 4 bytes"));
    write_file("empty", "");
    assert_int_equal(file_read(at("empty"), 0, &text, &error), 0);
    assert_string_equal(text_get(&text), "");
    text_release(&text);
}

static void reads_in_several_pieces(void **state)
{
    (void)state;
    const size_t size = 300001;
    char *bytes = memory_new(size);
    for (size_t i = 0; i < size; i++)
        bytes[i] = (char)(i * 7 % 253);
    memory_free(temporary_write(folder, "long", bytes, size, false));
    struct text text = {0};
    assert_int_equal(file_read(at("long"), size, &text, NULL), 0);
    assert_int_equal(text.length, size);
    assert_memory_equal(text.data, bytes, size);
    assert_int_equal(file_read(at("long"), size - 1, &text, NULL), -1);
    text_release(&text);
    memory_free(bytes);
}

/* A stream without an end must not fill the memory. */
static void stops_at_the_limit(void **state)
{
    (void)state;
    struct error error;
    struct text text = {0};
    assert_int_equal(file_read("/dev/zero", 1 << 20, &text, &error), -1);
    assert_int_equal(error.code, ERROR_USAGE);
    assert_true(text.capacity <= 4 << 20);
    text_release(&text);
}

static void reads_no_absent_file(void **state)
{
    (void)state;
    struct error error;
    struct text text = {0};
    assert_int_equal(file_read(at("absent"), 10, &text, &error), -1);
    assert_int_equal(error.code, ERROR_NOT_FOUND);
    assert_non_null(strstr(error.text, "/absent: cannot be opened: No such file or directory"));
    assert_int_equal(file_read(folder, 10, &text, &error), -1);
    assert_int_equal(error.code, ERROR_FAILED);
    assert_non_null(strstr(error.text, ": cannot be read: Is a directory"));
    write_file("file", "x");
    assert_int_equal(file_read(at("file/below"), 10, &text, &error), -1);
    assert_int_equal(error.code, ERROR_NOT_FOUND);
    text_release(&text);
}

static void reads_standard_input(void **state)
{
    (void)state;
    struct error error;
    struct text text = {0};
    int before = dup(STDIN_FILENO), ends[2];
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], "piped", 5), 5);
    close(ends[1]);
    dup2(ends[0], STDIN_FILENO);
    close(ends[0]);
    assert_int_equal(file_read("-", 100, &text, &error), 0);
    assert_string_equal(text.data, "piped");
    int zero = open("/dev/zero", O_RDONLY);
    dup2(zero, STDIN_FILENO);
    close(zero);
    assert_int_equal(file_read("-", 100, &text, &error), -1);
    assert_string_equal(error.text, "standard input: larger than the limit of 100 bytes");
    dup2(before, STDIN_FILENO);
    close(before);
    text_release(&text);
}

static void replaces(void **state)
{
    (void)state;
    struct error error;
    int descriptors = open_descriptors();
    assert_int_equal(file_replace(at("new"), "first", 5, &error), 0);
    assert_content("new", "first");
    assert_int_equal(file_replace(at("new"), "2", 1, &error), 0);
    assert_content("new", "2");
    assert_int_equal(file_replace(at("new"), NULL, 0, &error), 0);
    assert_content("new", "");
    assert_int_equal(entries_of(folder), 1);
    assert_int_equal(open_descriptors(), descriptors);
}

static void keeps_the_mode_of_what_it_replaces(void **state)
{
    (void)state;
    struct error error = {0};
    struct stat status;
    write_file("private", "old");
    assert_int_equal(chmod(at("private"), 0640), 0);
    assert_int_equal(file_replace(at("private"), "new", 3, &error), 0);
    assert_content("private", "new");
    assert_int_equal(stat(at("private"), &status), 0);
    assert_int_equal(status.st_mode & 0777, 0640);
}

/* Who has the old file open goes on reading the old bytes. */
static void replaces_under_a_reader(void **state)
{
    (void)state;
    write_file("old", "old bytes");
    struct file_map map;
    assert_int_equal(file_map_open(&map, at("old"), NULL), 0);
    assert_int_equal(file_replace(at("old"), "new", 3, NULL), 0);
    assert_int_equal(map.size, 9);
    assert_memory_equal(map.bytes, "old bytes", 9);
    file_map_close(&map);
}

static void replaces_nothing_where_there_is_no_folder(void **state)
{
    (void)state;
    struct error error;
    assert_int_equal(file_replace(at("absent/file"), "x", 1, &error), -1);
    assert_int_equal(error.code, ERROR_FAILED);
    assert_non_null(strstr(error.text, "/absent/file: cannot be written: No such file"));
    assert_int_equal(file_make_folders(at("taken/below"), NULL), 0);
    assert_int_equal(file_replace(at("taken"), "x", 1, &error), -1);
    assert_non_null(strstr(error.text, "/taken: cannot be written: Is a directory"));
    assert_int_equal(entries_of(folder), 1); /* no temporary file is left */
}

/* Where the folder cannot be synced, the file must not be replaced either. */
static void replaces_nothing_in_a_folder_that_cannot_be_opened(void **state)
{
    (void)state;
    struct error error;
    write_file("precious", "kept");
    chmod(at("precious"), 0666);
    chmod(folder, 0333);
    uid_t user = geteuid();
    if (user == 0)
        assert_int_equal(seteuid(65534), 0);
    int result = file_replace(at("precious"), "lost", 4, &error);
    assert_int_equal(seteuid(user), 0);
    chmod(folder, 0755);
    assert_int_equal(result, -1);
    assert_non_null(strstr(error.text, "/precious: cannot be written: Permission denied"));
    assert_content("precious", "kept");
    assert_int_equal(entries_of(folder), 1);
}

/* A file size limit fails in the middle of a write, as a full disk does. */
static void keeps_the_old_file_when_the_disk_is_full(void **state)
{
    (void)state;
    struct error error;
    const size_t size = 1 << 20;
    char *bytes = memory_new(size);
    write_file("precious", "kept");
    struct rlimit before, small;
    getrlimit(RLIMIT_FSIZE, &before);
    small = (struct rlimit){.rlim_cur = 100000, .rlim_max = before.rlim_max};
    signal(SIGXFSZ, SIG_IGN);
    int descriptors = open_descriptors();
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    int result = file_replace(at("precious"), bytes, size, &error);
    int absent = file_replace(at("never"), bytes, size, NULL);
    setrlimit(RLIMIT_FSIZE, &before);
    signal(SIGXFSZ, SIG_DFL);
    assert_int_equal(result, -1);
    assert_int_equal(absent, -1);
    assert_int_equal(error.code, ERROR_FAILED);
    assert_non_null(strstr(error.text, "/precious: cannot be written: File too large"));
    assert_content("precious", "kept");
    assert_int_equal(entries_of(folder), 1);
    assert_int_equal(open_descriptors(), descriptors);
    memory_free(bytes);
}

static void maps(void **state)
{
    (void)state;
    struct error error;
    struct file_map map;
    int descriptors = open_descriptors();
    write_file("mapped", "0123456789");
    assert_int_equal(file_map_open(&map, at("mapped"), &error), 0);
    assert_int_equal(map.size, 10);
    assert_memory_equal(map.bytes, "0123456789", 10);
    file_map_close(&map);
    assert_null(map.bytes);
    file_map_close(&map);
    write_file("empty", "");
    assert_int_equal(file_map_open(&map, at("empty"), &error), 0);
    assert_int_equal(map.size, 0);
    file_map_close(&map);
    assert_int_equal(open_descriptors(), descriptors);
}

static void maps_regular_files_only(void **state)
{
    (void)state;
    struct error error;
    struct file_map map;
    int descriptors = open_descriptors();
    assert_int_equal(file_map_open(&map, at("absent"), &error), -1);
    assert_int_equal(error.code, ERROR_NOT_FOUND);
    assert_non_null(strstr(error.text, "/absent: cannot be opened: No such file"));
    assert_null(map.bytes);
    assert_int_equal(file_map_open(&map, folder, &error), -1);
    assert_int_equal(error.code, ERROR_DATA);
    assert_non_null(strstr(error.text, ": is not a regular file"));
    assert_int_equal(file_map_open(&map, "/dev/zero", &error), -1);
    assert_int_equal(error.code, ERROR_DATA);
    assert_int_equal(open_descriptors(), descriptors);
}

static void on_alarm(int number)
{
    (void)number;
}

/* A pipe that nobody writes to must not hold the program for ever. */
static void does_not_wait_for_a_named_pipe(void **state)
{
    (void)state;
    struct error error;
    struct file_map map;
    assert_int_equal(mkfifo(at("pipe"), 0600), 0);
    struct sigaction action = {.sa_handler = on_alarm}; /* without SA_RESTART: open would end */
    sigaction(SIGALRM, &action, NULL);
    alarm(5);
    assert_int_equal(file_map_open(&map, at("pipe"), &error), -1);
    alarm(0);
    assert_int_equal(error.code, ERROR_DATA);
    assert_non_null(strstr(error.text, "/pipe: is not a regular file"));
}

static void removes_trees_and_follows_no_link(void **state)
{
    (void)state;
    assert_int_equal(file_make_folders(at("tree/a/b"), NULL), 0);
    assert_int_equal(file_make_folders(at("kept"), NULL), 0);
    write_file("tree/a/b/file", "x");
    write_file("kept/file", "y");
    assert_int_equal(symlink(at("kept"), at("tree/link")), 0);
    assert_int_equal(file_remove_tree(at("tree"), NULL), 0);
    assert_false(file_exists(at("tree")));
    assert_content("kept/file", "y");
    assert_int_equal(file_remove_tree(at("tree"), NULL), 0);
    struct error error = {0};
    assert_int_equal(file_remove_tree(at("kept/file/x"), &error), -1);
    assert_non_null(strstr(error.text, "kept/file/x: cannot be removed: "));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(joins),
        cmocka_unit_test(finds_the_home_folder),
        cmocka_unit_test(finds_the_folder),
        cmocka_unit_test(finds_the_stem),
        cmocka_unit_test(names_of_users_become_names_of_files),
        cmocka_unit_test(two_names_are_two_files),
        TEST(makes_folders),
        TEST(makes_no_folder_of_a_file),
        TEST(says_why_a_folder_cannot_be_made),
        TEST(reads_up_to_the_limit),
        TEST(reads_in_several_pieces),
        TEST(stops_at_the_limit),
        TEST(reads_no_absent_file),
        TEST(reads_standard_input),
        TEST(replaces),
        TEST(keeps_the_mode_of_what_it_replaces),
        TEST(replaces_under_a_reader),
        TEST(replaces_nothing_where_there_is_no_folder),
        TEST(replaces_nothing_in_a_folder_that_cannot_be_opened),
        TEST(keeps_the_old_file_when_the_disk_is_full),
        TEST(maps),
        TEST(maps_regular_files_only),
        TEST(does_not_wait_for_a_named_pipe),
        TEST(removes_trees_and_follows_no_link),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
