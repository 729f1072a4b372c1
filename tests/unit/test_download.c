#include "commands/download.h"

#include "base/log.h"
#include "unit/fake_programs.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/wait.h>

#include <cmocka.h>

/* Two files whose sums FIPS 180-2 publishes as examples. */
static const char alpha[] = "abc";
static const char beta[] = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
static const struct download_file files[] = {
    {"alpha", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {"beta", "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
};
static const char *const mirrors[] = {"https://one.invalid/set", "https://two.invalid/set", NULL};
static const struct download_set set = {
    .title = "the set",
    .files = files,
    .count = 2,
    .package = "greek",
    .version = "1.0.0",
    .package_folder = "package/data",
    .mirrors = mirrors,
    .remedy = "Do it by hand.",
};

/* The same two, as a package has them under other names and deeper down; no mirror has them. */
static const struct download_file parts[] = {
    {"one", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {"two", "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
};
static const char *made_alpha; /* what becomes of alpha; NULL: nothing, making fails */
static int make_files(const char *work, struct error *error)
{
    if (!made_alpha)
        return error_set(error, ERROR_DATA, "cannot be made");
    memory_free(temporary_write(work, "alpha", made_alpha, strlen(made_alpha), false));
    memory_free(temporary_write(work, "beta", beta, strlen(beta), false));
    return 0;
}
static const struct download_set made_set = {
    .title = "the set",
    .files = files,
    .count = 2,
    .package = "greek",
    .version = "1.0.0",
    .package_folder = "package/deep/down",
    .parts = parts,
    .part_count = 2,
    .make = make_files,
    .remedy = "Do it by hand.",
    .others = "Others serve.",
};

/* What the fake programs do. The package's archive is $folder/greek-1.0.0.tgz, the mirrors' files
 * are $folder/mirror/NAME.gz. */
static const char npm_works[] = "cp $folder/greek-1.0.0.tgz .";
static const char npm_fails[] = "echo 'npm ERR! network' >&2; exit 1";
static const char curl_works[] = "for address; do :; done; cp $folder/mirror/${address##*/} .";
static const char curl_fails[] = "echo 'curl: (6) Could not resolve host' >&2; exit 6";

static char folder[64];
static char *target; /* FOLDER/data/set */
static const struct download_set *wanted;

static void shell(const char *command)
{
    char *line = text_format("cd %s && { %s; }", folder, command);
    if (system(line) != 0)
        fail_msg("failed: %s", line);
    memory_free(line);
}

static void write_text(const char *name, const char *content)
{
    memory_free(temporary_write(folder, name, content, strlen(content), false));
}

static int set_up(void **state)
{
    (void)state;
    log_set_quiet(true);
    if (temporary_make(folder) != 0 || fake_programs_setup(folder) != 0)
        return -1;
    target = file_join(folder, "data/set");
    wanted = &set;
    shell("mkdir -p package/data mirror");
    write_text("package/data/alpha", alpha);
    write_text("package/data/beta", beta);
    shell("tar -czf greek-1.0.0.tgz package && gzip -k package/data/* && mv package/data/*.gz "
          "mirror");
    return 0;
}

/* The package holds the parts, the second as TWO. */
static void pack_parts(const char *two)
{
    shell("rm -rf package greek-1.0.0.tgz && mkdir -p package/deep/down");
    write_text("package/deep/down/one", alpha);
    write_text("package/deep/down/two", two);
    shell("tar -czf greek-1.0.0.tgz package");
}

static int set_up_parts(void **state)
{
    if (set_up(state) != 0)
        return -1;
    wanted = &made_set;
    made_alpha = alpha;
    pack_parts(beta);
    fake_program(folder, "npm", npm_works);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    memory_free(target);
    return temporary_remove(folder);
}

static int calls(const char *text)
{
    return fake_program_calls(folder, text);
}

static void assert_content(const char *name, const char *expected)
{
    struct text found = {0};
    struct error error;
    char *path = file_join(target, name);
    if (file_read(path, 1000, &found, &error) != 0)
        fail_msg("%s", error.text);
    assert_string_equal(text_get(&found), expected);
    text_release(&found);
    memory_free(path);
}

static bool is_there(const char *name)
{
    char *path = file_join(target, name);
    bool there = file_exists(path);
    memory_free(path);
    return there;
}

static void assert_works(bool force)
{
    struct error error;
    if (download(wanted, target, force, &error) != 0)
        fail_msg("%s", error.text);
    assert_content("alpha", alpha);
    assert_content("beta", beta);
    assert_false(is_there(".fetch"));
}

static void assert_fails(enum error_code code, const char *const *expected)
{
    struct error error = {0};
    assert_int_equal(download(wanted, target, false, &error), -1);
    assert_int_equal(error.code, code);
    for (; *expected; expected++)
        if (!strstr(error.text, *expected))
            fail_msg("\"%s\" is not in \"%s\"", *expected, error.text);
}

static void npm_goes_first_and_once_is_enough(void **state)
{
    (void)state;
    fake_program(folder, "npm", npm_works);
    fake_program(folder, "curl", curl_works);
    assert_works(false);
    assert_int_equal(calls("npm pack"), 1);
    assert_int_equal(calls("greek@1.0.0"), 1);
    assert_works(false);
    assert_int_equal(calls("npm pack"), 1);
    assert_works(true);
    assert_int_equal(calls("npm pack"), 2);
    assert_int_equal(calls("curl"), 0);
}

static void only_what_is_missing_or_wrong_is_fetched(void **state)
{
    (void)state;
    fake_program(folder, "npm", npm_fails);
    fake_program(folder, "curl", curl_works);
    shell("mkdir -p data/set");
    write_text("data/set/alpha", alpha);
    write_text("data/set/beta", "damaged");
    assert_works(false);
    assert_int_equal(calls("/alpha.gz"), 0);
    assert_int_equal(calls("https://one.invalid/set/beta.gz"), 1);
}

static void without_npm_a_mirror_will_do(void **state)
{
    (void)state;
    fake_program(folder, "curl",
                 "for address; do :; done\n"
                 "case $address in *one.invalid*) exit 22;; esac\n"
                 "/bin/cp $folder/mirror/${address##*/} .");
    char *bin = file_join(folder, "bin"), *path = memory_copy_text(getenv("PATH"));
    shell("for tool in sha256sum gzip tar; do ln -s \"$(command -v $tool)\" bin; done");
    setenv("PATH", bin, 1);
    assert_works(false);
    setenv("PATH", path, 1);
    assert_int_equal(calls("one.invalid"), 1);
    assert_int_equal(calls("two.invalid"), 2);
    memory_free(path);
    memory_free(bin);
}

static void when_nothing_works_each_source_has_its_say(void **state)
{
    (void)state;
    fake_program(folder, "npm", npm_fails);
    fake_program(folder, "curl", curl_fails);
    assert_fails(ERROR_DATA,
                 (const char *const[]){"the set could not be fetched into ", target,
                                       "npm package greek@1.0.0: npm failed with "
                                       "status 1: npm ERR! network",
                                       "https://one.invalid/set: curl failed with "
                                       "status 6: curl: (6) Could not resolve host",
                                       "https://two.invalid/set: ", "Do it by hand.", NULL});
    assert_false(is_there(".fetch"));
}

static void what_is_wrong_is_never_put_there(void **state)
{
    (void)state;
    fake_program(folder, "npm", npm_works);
    fake_program(folder, "curl", curl_fails);
    shell("printf abd >package/data/alpha; tar -czf greek-1.0.0.tgz package");
    assert_fails(ERROR_DATA, (const char *const[]){
                                 "alpha: wrong SHA-256: expected ba7816bf8f01cfea414140de5dae2223"
                                 "b00361a396177a9cb410ff61f20015ad, found "
                                 "a52d159f262b2c6ddb724a61840befc36eb30c88877a4030b65cbe86298449c9",
                                 NULL});
    assert_false(is_there("alpha"));
    assert_content("beta", beta);
    fake_program(folder, "curl", curl_works);
    assert_works(false);
}

static void an_interrupted_download_goes_on(void **state)
{
    (void)state;
    fake_program(folder, "npm", npm_fails);
    fake_program(folder, "curl",
                 "for address; do :; done\n"
                 "case $address in *two.invalid*) exit 6;; esac\n"
                 "head -c 12 $folder/mirror/${address##*/} >${address##*/}; exit 28");
    assert_fails(ERROR_DATA, (const char *const[]){"curl failed with status 28", NULL});
    assert_true(is_there(".fetch/alpha.gz"));
    /* Only the rest is sent: what was there must be kept for the whole to be right. */
    fake_program(folder, "curl",
                 "for address; do :; done\n"
                 "file=${address##*/}\n"
                 "case \"$*\" in *'--continue-at -'*) ;; *) exit 2;; esac\n"
                 "tail -c +$(($(cat $file 2>/dev/null | wc -c) + 1)) $folder/mirror/$file >>$file");
    assert_works(false);
}

static void a_useless_part_is_thrown_away(void **state)
{
    (void)state;
    fake_program(folder, "npm", npm_fails);
    fake_program(folder, "curl",
                 "for address; do :; done\n"
                 "file=${address##*/}\n"
                 "test -e $file && exit 33\n"
                 "cp $folder/mirror/$file .");
    shell("mkdir -p data/set/.fetch");
    write_text("data/set/.fetch/alpha.gz", "from somewhere else");
    assert_works(false);
    assert_int_equal(calls("one.invalid/set/alpha.gz"), 2);
    assert_int_equal(calls("two.invalid"), 0);
}

static void two_at_once_wait_for_one_another(void **state)
{
    (void)state;
    fake_program(folder, "npm", "sleep 0.3; cp $folder/greek-1.0.0.tgz .");
    fake_program(folder, "curl", curl_fails);
    pid_t child = fork();
    if (child == 0)
        _exit(download(wanted, target, false, NULL) == 0 ? 0 : 1);
    assert_true(child > 0);
    assert_works(false);
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(calls("npm pack"), 1);
}

static void an_interrupt_ends_it(void **state)
{
    (void)state;
    fake_program(folder, "npm", "kill -INT $$");
    fake_program(folder, "curl", curl_works);
    assert_fails(ERROR_INTERRUPTED, (const char *const[]){"interrupted", NULL});
    assert_int_equal(calls("curl"), 0);
}

static void a_folder_that_cannot_be_is_named(void **state)
{
    (void)state;
    write_text("data", "a file where a folder should be");
    assert_fails(ERROR_DATA, (const char *const[]){"cannot make the folder ", folder, NULL});
}

static void files_are_made_of_the_packages_parts(void **state)
{
    (void)state;
    assert_works(false);
    assert_false(is_there("one"));
    assert_works(false);
    assert_int_equal(calls("npm pack"), 1);
    assert_works(true);
    assert_int_equal(calls("npm pack"), 2);
}

static void only_right_parts_are_used(void **state)
{
    (void)state;
    pack_parts("damaged");
    assert_fails(ERROR_DATA,
                 (const char *const[]){"the set could not be fetched into ",
                                       "npm package greek@1.0.0: two: wrong SHA-256: expected "
                                       "248d6a61",
                                       "Do it by hand.", NULL});
    assert_false(is_there("alpha"));
    assert_false(is_there(".fetch"));
    shell("rm package/deep/down/two && tar -czf greek-1.0.0.tgz package");
    assert_fails(ERROR_DATA, (const char *const[]){"npm package greek@1.0.0: tar failed", NULL});
    assert_false(is_there(".fetch"));
}

static void parts_left_from_before_are_enough(void **state)
{
    (void)state;
    shell("mkdir -p data/set/.fetch && cp package/deep/down/* data/set/.fetch");
    write_text("data/set/.fetch/alpha", "cut sho");
    write_text("data/set/.fetch/beta.77.tmp", "left by a kill");
    assert_works(false);
    assert_int_equal(calls("npm pack"), 0);
}

static void parts_left_damaged_are_fetched_again(void **state)
{
    (void)state;
    shell("mkdir -p data/set/.fetch && cp package/deep/down/* data/set/.fetch");
    write_text("data/set/.fetch/one", "ab");
    assert_works(false);
    assert_int_equal(calls("npm pack"), 1);
}

static void what_is_made_is_verified(void **state)
{
    (void)state;
    made_alpha = "abd";
    assert_fails(ERROR_DATA,
                 (const char *const[]){"alpha: wrong SHA-256: expected ba7816bf", NULL});
    assert_false(is_there("alpha"));
    assert_content("beta", beta);
    made_alpha = NULL;
    assert_fails(ERROR_DATA, (const char *const[]){"cannot be made", NULL});
    assert_false(is_there("alpha"));
}

/* Without force, nobody's own files are replaced. */
static void other_files_may_be_meant(void **state)
{
    (void)state;
    shell("mkdir -p data/set");
    write_text("data/set/alpha", alpha);
    write_text("data/set/beta", "another order");
    assert_fails(ERROR_DATA, (const char *const[]){target,
                                                   "/beta is there already, but is not the file "
                                                   "that is fetched. Others serve. With --force",
                                                   NULL});
    assert_content("beta", "another order");
    shell("gzip data/set/beta");
    assert_fails(ERROR_DATA, (const char *const[]){"/beta.gz is there already", NULL});
    assert_false(is_there("beta"));
    assert_int_equal(calls("npm pack"), 0);
    assert_works(true);
    assert_works(false);
    assert_int_equal(calls("npm pack"), 1);
}

#define WITH_PARTS(test) cmocka_unit_test_setup_teardown(test, set_up_parts, tear_down)
#define WITH_FOLDER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FOLDER(npm_goes_first_and_once_is_enough),
        WITH_FOLDER(only_what_is_missing_or_wrong_is_fetched),
        WITH_FOLDER(without_npm_a_mirror_will_do),
        WITH_FOLDER(when_nothing_works_each_source_has_its_say),
        WITH_FOLDER(what_is_wrong_is_never_put_there),
        WITH_FOLDER(an_interrupted_download_goes_on),
        WITH_FOLDER(a_useless_part_is_thrown_away),
        WITH_FOLDER(two_at_once_wait_for_one_another),
        WITH_FOLDER(an_interrupt_ends_it),
        WITH_FOLDER(a_folder_that_cannot_be_is_named),
        WITH_PARTS(files_are_made_of_the_packages_parts),
        WITH_PARTS(only_right_parts_are_used),
        WITH_PARTS(parts_left_from_before_are_enough),
        WITH_PARTS(parts_left_damaged_are_fetched_again),
        WITH_PARTS(what_is_made_is_verified),
        WITH_PARTS(other_files_may_be_meant),
    };
    signal(SIGINT, SIG_DFL); /* a shell's background job, and all that it starts, would ignore it */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
