/* The page of an experiment, whatever state it is in. How it looks and works in a browser is told
 * by tests/cli/report.bats. */
#include "report/page.h"
#include "unit/fake_programs.h"
#include "unit/store_folder.h"

#include "base/log.h"
#include "store/remarks.h"

#include <string.h>
#include <unistd.h>

#define HOSTILE "<img src=x onerror=\"hit=1\">'`$(true)`</script>"

#define LONG_NAME "abcdefghijklmnopqrstuvwxyz-abcdefghijklmnopqrstuvwxyz"

static char folder[64];
static struct store *store;
static struct text page;
static struct page_pictures pictures;
static struct error error;

static const struct made_up cells[] = {
    {"lstm", 1, 0.95, 400, 100, RUN_DONE}, {"lstm", 2, 0.95, 400, 100, RUN_DONE},
    {"lstm", 3, 0.95, 400, 100, RUN_DONE}, {"gru", 1, 0.97, 400, 100, RUN_DONE},
    {"gru", 2, 0.98, 400, 100, RUN_DONE},  {"gru", 3, 0.975, 400, 100, RUN_DONE},
};
static const struct made_up half[] = {
    {"done", 1, 0.95, 400, 100, RUN_DONE},      {"done", 2, 0.95, 400, 100, RUN_DONE},
    {"broken", 1, 0.9, 400, 100, RUN_DIVERGED}, {"broken", 2, 0.9, 400, 100, RUN_INTERRUPTED},
    {"late", 1, 0.9, 400, 100, RUN_RUNNING},    {"late", -2, 0.9, 400, 100, RUN_DONE},
    {"never", -1, 0.9, 400, 100, RUN_DONE},
};
enum { FIRST_FOUR = 16 }; /* runs of many that are of a to d */
static const struct made_up many[] = {
    {"a", 1, 0.9, 400, 100, RUN_DONE},   {"a", 2, 0.901, 400, 100, RUN_DONE},
    {"a", 3, 0.899, 400, 100, RUN_DONE}, {"a", 4, 0.9, 400, 100, RUN_DONE},
    {"b", 1, 0.99, 400, 100, RUN_DONE},  {"b", 2, 0.991, 400, 100, RUN_DONE},
    {"b", 3, 0.989, 400, 100, RUN_DONE}, {"b", 4, 0.989, 400, 100, RUN_DONE},
    {"c", 1, 0.987, 400, 100, RUN_DONE}, {"c", 2, 0.993, 400, 100, RUN_DONE},
    {"c", 3, 0.99, 400, 100, RUN_DONE},  {"c", 4, 0.988, 400, 100, RUN_DONE},
    {"d", 1, 0.8, 400, 100, RUN_DONE},   {"d", 2, 0.802, 400, 100, RUN_DONE},
    {"d", 3, 0.799, 400, 100, RUN_DONE}, {"d", 4, 0.801, 400, 100, RUN_DONE},
    {"e", 1, 0.902, 400, 100, RUN_DONE}, {"e", 2, 0.899, 400, 100, RUN_DONE},
    {"e", 3, 0.9, 400, 100, RUN_DONE},   {"e", 4, 0.898, 400, 100, RUN_DONE},
    {"f", 1, 0.899, 400, 100, RUN_DONE}, {"f", 2, 0.902, 400, 100, RUN_DONE},
    {"f", 3, 0.899, 400, 100, RUN_DONE}, {"f", 4, 0.901, 400, 100, RUN_DONE},
    {"g", 1, 0.9, 400, 100, RUN_DONE},   {"h", 1, 0.95, 400, 100, RUN_DONE},
};
static const struct made_up same[] = {
    {"a", 1, 0.9, 400, 100, RUN_DONE}, {"b", 1, 0.9, 400, 100, RUN_DONE},
    {"c", 1, 0.9, 400, 100, RUN_DONE}, {"d", 1, 0.9, 400, 100, RUN_DONE},
    {"e", 1, 0.9, 400, 100, RUN_DONE}, {"f", 1, 0.9, 400, 100, RUN_DONE},
    {"g", 1, 0.9, 400, 100, RUN_DONE},
};
static const struct made_up single[] = {
    {"a", 1, 0.9, 400, 100, RUN_DONE},
};
static const struct made_up close_ones[] = {
    {"th", 1, 0.9, 400, 100, RUN_DONE},   {"th", 2, 0.9, 400, 100, RUN_DONE},
    {"th", 3, 0.9, 400, 100, RUN_DONE},   {"th", 4, 0.9, 400, 100, RUN_DONE},
    {"an", 1, 0.912, 400, 100, RUN_DONE}, {"an", 2, 0.908, 400, 100, RUN_DONE},
    {"an", 3, 0.914, 400, 100, RUN_DONE}, {"an", 4, 0.904, 400, 100, RUN_DONE},
    {"in", 1, 0.902, 400, 100, RUN_DONE}, {"in", 2, 0.899, 400, 100, RUN_DONE},
    {"in", 3, 0.9, 400, 100, RUN_DONE},   {"in", 4, 0.898, 400, 100, RUN_DONE},
    {"is", 1, 0.899, 400, 100, RUN_DONE}, {"is", 2, 0.903, 400, 100, RUN_DONE},
    {"is", 3, 0.898, 400, 100, RUN_DONE}, {"is", 4, 0.901, 400, 100, RUN_DONE},
    {"of", 1, 0.901, 400, 100, RUN_DONE}, {"of", 2, 0.897, 400, 100, RUN_DONE},
    {"of", 3, 0.902, 400, 100, RUN_DONE}, {"of", 4, 0.899, 400, 100, RUN_DONE},
};
static const struct made_up begun[] = {{"begun", -1, 0.9, 400, 100, RUN_DONE}};
static const struct made_up longest[] = {{LONG_NAME, -1, 0.9, 400, 100, RUN_DONE}};
static const struct made_up hostile[] = {
    {HOSTILE, 1, 0.9, 400, 100, RUN_DONE},
    {"b\nc\xff\xe2\x80\xae", 1, 0.9, 400, 100, RUN_DONE},
};

static int make(const char *experiment, struct page_request request)
{
    request.experiment = experiment;
    request.folder = folder;
    request.command = "unroll report x";
    request.places = " --store y.db";
    request.made = 1.8e9;
    text_clear(&page);
    error = (struct error){0};
    return page_make(&page, store, &request, &pictures, &error);
}

static void expect_made(const char *experiment, struct page_request request)
{
    if (make(experiment, request) != 0)
        fail_msg("%s", error.text);
}

static void expect(const char *part)
{
    if (!strstr(text_get(&page), part))
        fail_msg("expected: %s", part);
}

static void expect_none(const char *part)
{
    const char *found = strstr(text_get(&page), part);
    if (found)
        fail_msg("found %s in: %.300s", part, found);
}

static size_t count(const char *part)
{
    size_t result = 0;
    for (const char *at = text_get(&page); (at = strstr(at, part)); at++)
        result++;
    return result;
}

static void picture_files(bool are_there)
{
    char *script = file_join(folder, "accuracy.svg.gp"),
         *data = file_join(folder, "accuracy.svg.dat");
    assert_int_equal(file_exists(script), are_there);
    assert_int_equal(file_exists(data), are_there);
    unlink(script);
    unlink(data);
    memory_free(script);
    memory_free(data);
}

static void the_question_has_an_answer(void **state)
{
    (void)state;
    expect_made("cells", (struct page_request){.baseline = "lstm"});
    expect("<h1>Is gru better than lstm in test accuracy?</h1>");
    expect("<li class=\"better\"><a href=\"#variant-2\">gru</a> is better than "
           "<a href=\"#variant-1\">lstm</a>: test accuracy +0.025");
    expect("<a href=\"#variant-2\">gru</a>");
    expect("<section class=\"variant\" id=\"variant-2\">\n<h3>gru</h3>");
    expect("data-value=\"0.951\">0.9510</td>"); /* 0.95 + 0.0005, 0.0010, 0.0015: the mean */
    expect("2027-01-15T08:00:00Z");
    expect_none("What is missing");
    expect_none("2 comparisons");
    assert_int_equal(count("<tr id=\"run-"), 6);
    assert_int_equal(count("<tr id=\"origin-"), 6);
    assert_int_equal(pictures.failed, 0);
    assert_true(pictures.drawn >= 3);
    assert_int_equal(count("src=\"data:image/svg+xml;base64,"), pictures.drawn);
    expect("id=\"picture-accuracy\"");
    expect("id=\"picture-curves\"");
    expect_none("id=\"picture-gap\""); /* the training split was not measured */
}

static void a_loss_is_better_when_it_is_lower(void **state)
{
    (void)state;
    expect_made("cells", (struct page_request){.baseline = "gru", .metric = "test.loss"});
    expect("<h1>Is lstm better than gru in test loss?</h1>");
    expect("<tr class=\"best\"><th scope=\"row\" class=\"short\"><a href=\"#variant-2\">gru</a>");
}

static void without_a_baseline_all_pairs_are_told(void **state)
{
    (void)state;
    expect_made("cells", (struct page_request){0});
    expect("<h1>Which of lstm and gru is best in test accuracy?</h1>");
    assert_int_equal(count("<li class=\"better\">") + count("<li class=\"worse\">"), 1);
}

static void a_moment_is_named(void **state)
{
    (void)state;
    expect_made("cells", (struct page_request){.baseline = "lstm", .at = "step:200"});
    expect("<h1>Is gru better than lstm in test accuracy at step 200?</h1>");
}

static void what_is_missing_is_said(void **state)
{
    (void)state;
    expect_made("half", (struct page_request){.baseline = "done"});
    expect("What is missing");
    expect("2 of 7 runs are done");
    expect(" 1 was being trained when this page was made.");
    expect("broken</a>: 0 of 2 runs are done, 1 diverged, 1 interrupted. Seed 1: made up</li>");
    expect("late</a>: 0 of 2 runs are done, 1 not begun, 1 running</li>");
    expect("never</a>: 0 of 1 run is done, 1 not begun</li>");
    expect("None of its runs was begun.");
    expect("<td class=\"short\">200 of 400</td>");
    expect("<td class=\"short\">made up</td>"); /* why it ended */
    assert_int_equal(pictures.failed, 0);
}

static void an_experiment_that_was_not_begun_has_a_page(void **state)
{
    (void)state;
    expect_made("begun", (struct page_request){0});
    expect("What does begun reach in test accuracy?");
    expect("There is nothing to draw yet.");
    expect("0 of 1 run is done: there are no figures yet.");
    expect_none("not the last word");
    assert_int_equal(pictures.drawn + pictures.failed, 0);
    expect_made("begun", (struct page_request){.metric = "not.known.yet"});
}

static void long_names_are_cut_in_the_title(void **state)
{
    (void)state;
    expect_made("long", (struct page_request){0});
    expect("<h1>What does abcdefghijklmnopqrs");
    expect_none("<h1>What does " LONG_NAME);
    expect("<h3>" LONG_NAME "</h3>");
}

static void names_are_text(void **state)
{
    (void)state;
    expect_made("hostile", (struct page_request){.baseline = HOSTILE});
    expect("<h3>&lt;img src=x onerror=&quot;hit=1&quot;&gt;&#39;`$(true)`&lt;/script&gt;</h3>");
    expect("<h3>b c?\?</h3>");
    expect_none("<img src=x");
    expect_none("\xff");
    assert_int_equal(count("<script"), 1);
    assert_int_equal(count("</script>"), 1);
}

/* A key that two variants have is one run, which stands with both. */
static void a_run_may_be_of_two_variants(void **state)
{
    (void)state;
    struct experiment twins;
    if (store_experiment_load(store, "cells", &twins, &error) != 0)
        fail_msg("%s", error.text);
    memory_free(twins.name);
    twins.name = memory_copy_text("twins");
    for (size_t i = 3; i < 6; i++) {
        memory_free(twins.trials[i].key);
        twins.trials[i].key = memory_copy_text(twins.trials[i - 3].key);
    }
    if (store_experiment_save(store, &twins, &error) != 0)
        fail_msg("%s", error.text);
    experiment_release(&twins);
    expect_made("twins", (struct page_request){.baseline = "lstm"});
    for (int variant = 1; variant <= 2; variant++)
        for (int run = 1; run <= 3; run++)
            for (int table = 0; table < 2; table++) {
                char anchor[64];
                snprintf(anchor, sizeof anchor, "<tr id=\"%s-%d-%d\"", table ? "run" : "origin",
                         variant, run);
                assert_int_equal(count(anchor), 1);
            }
}

/* "cells" as `unroll batch cells.yaml train.epochs=1 "name=it's"` would have planned it. */
static void what_the_command_line_changed_is_told(void **state)
{
    (void)state;
    struct experiment changed;
    if (store_experiment_load(store, "cells", &changed, &error) != 0)
        fail_msg("%s", error.text);
    memory_free(changed.name);
    memory_free(changed.overrides);
    changed.name = memory_copy_text("changed");
    changed.overrides = memory_copy_text("train.epochs=1\nname=it's");
    if (store_experiment_save(store, &changed, &error) != 0)
        fail_msg("%s", error.text);
    experiment_release(&changed);
    expect_made("changed", (struct page_request){.baseline = "lstm"});
    expect("changes nothing in the base config for it; the command line changed, for all variants, "
           "<code>train.epochs=1</code>, <code>name=it&#39;s</code>.</p>");
    expect_none("It is the base config, unchanged");
    expect("\n<pre><code>unroll batch --store y.db EXPERIMENT.yaml train.epochs=1 "
           "&#39;name=it&#39;\\&#39;&#39;s&#39;  # trains");
    expect("unroll run CONFIG.yaml seed=1 ");
    expect_made("cells", (struct page_request){.baseline = "lstm"});
    expect("It is the base config, unchanged.");
    expect_none("for all variants");
}

static void what_is_not_there_cannot_be_done_again(void **state)
{
    (void)state;
    expect_made("begun", (struct page_request){0});
    expect("unroll batch --store y.db EXPERIMENT.yaml  # trains");
    expect_none("unroll verify");
    expect_none("unroll run");
}

/* Where a picture cannot be written it is not gnuplot that failed. */
static void a_full_disk_is_not_called_gnuplot(void **state)
{
    (void)state;
    fake_programs_setup(folder);
    fake_program(folder, "gnuplot",
                 "/bin/rm -rf accuracy.svg; /bin/mkdir accuracy.svg; echo '<svg/>'");
    int result = make("cells", (struct page_request){.baseline = "lstm"});
    char *program = file_join(folder, "bin/gnuplot"), *taken = file_join(folder, "accuracy.svg");
    unlink(program);
    rmdir(taken);
    memory_free(program);
    memory_free(taken);
    assert_int_equal(result, 0);
    expect("accuracy.svg: cannot be written: Is a directory.</p>");
    expect_none("gnuplot-nox) failed");
    picture_files(true);
}

static void every_section_says_what_it_should(void **state)
{
    (void)state;
    expect_made("cells", (struct page_request){.baseline = "lstm"});
    /* What differs, the config, the runs. */
    expect("as seed 1 was trained</summary>\n<pre><code>name: x\n</code></pre>");
    expect("<caption>Runs of gru</caption>");
    expect("<td class=\"number\" data-value=\"0.981\">0.9810</td>");
    /* The file, the origins, the keys. */
    expect("<summary>The experiment’s file</summary>\n<pre><code>name: x\n</code></pre>");
    expect("<caption>What the runs were computed by, and on</caption>");
    expect("<th scope=\"row\" class=\"number\" data-value=\"6\">6</th>");
    expect("<caption>Every run, by what determines its figures</caption>");
    /* Precision: of a time. */
    expect(">4.40</td>");
    expect("<dt>Experiment</dt><dd>cells</dd>");
    expect("<p class=\"back\"><a href=\"#figures\">");
}

/* Each sentence of a legend stands where there is what it speaks of. */
static void legends_speak_of_what_is_there(void **state)
{
    (void)state;
    expect_made("cells", (struct page_request){.baseline = "lstm"});
    expect("± 95 %: half the width");
    expect("Bold: the best mean.");
    expect("The test is two-sided. A verdict needs a p below 0.05. Effect d_z: ");
    expect_none("p (Holm)");
    expect_none("Effect g");
    expect_none("odds ratio");
    expect_made("single", (struct page_request){0});
    expect("There is one variant");
    expect_none("± 95 %: half");
    expect_none("Bold: the best mean.");
    expect_none("class=\"best\"");
    expect_none("two-sided");
}

/* More comparisons than a sentence each can tell. */
static void many_comparisons_are_lists(void **state)
{
    (void)state;
    expect_made("many", (struct page_request){.baseline = "a"});
    expect("<p>Compared with <a href=\"#variant-1\">a</a>, of 7 variants:</p>");
    expect("<strong>2 are better</strong>: <a href=\"#variant-2\">b</a>, "
           "<a href=\"#variant-3\">c</a></li>");
    expect("<strong>1 is worse</strong>: <a href=\"#variant-4\">d</a></li>");
    expect("<strong>2 are untested</strong>, for it takes two runs of each: "
           "<a href=\"#variant-7\">g</a>, <a href=\"#variant-8\">h</a></li>");
    expect("after Holm’s correction over 5 comparisons");
    assert_int_equal(count("Holm’s correction"),
                     2 + (size_t)(strstr(text_get(&page), "An interval is for") != NULL));
}

static void many_variants_without_a_baseline_have_a_best(void **state)
{
    (void)state;
    expect_made("many", (struct page_request){0});
    expect("<h1>Which of 8 variants is best in test accuracy?</h1>");
    expect("<a href=\"#variant-2\">b</a> has the best mean test accuracy, 0.9910. Not "
           "significantly worse (†): <a href=\"#variant-3\">c</a>. Not tested against it, or short "
           "of runs that diverged or failed: "
           "<a href=\"#variant-7\">g</a>, <a href=\"#variant-8\">h</a>. The others are");
    /* The mark is on its row. */
    const char *row = strstr(text_get(&page), "<a href=\"#variant-3\">c</a>");
    row = row ? strstr(row + 1, "<a href=\"#variant-3\">c</a></th>") : NULL;
    assert_non_null(row);
    const char *mark = strstr(row, "†"), *end = strstr(row, "</tr>");
    assert_true(mark && end && mark < end);
}

static void pairs_are_lists_too(void **state)
{
    (void)state;
    expect_made("four", (struct page_request){0});
    expect("<p>Of 6 comparisons:</p>");
    expect("<strong>2 are better</strong>: <a href=\"#variant-2\">b</a> than "
           "<a href=\"#variant-1\">a</a>, ");
    expect("<strong>1 is undecided</strong>: <a href=\"#variant-3\">c</a> against "
           "<a href=\"#variant-2\">b</a> (");
}

static void unanimous_comparisons_are_told_as_such(void **state)
{
    (void)state;
    expect_made("same", (struct page_request){.baseline = "a"});
    expect("<p>All 6 comparisons with <a href=\"#variant-1\">a</a> are untested:</p>\n<ul "
           "class=\"verdicts\">\n"
           "<li class=\"untested\">For it takes two runs of each: <a href=\"#variant-2\">b</a>, ");
    expect_none("<strong>6");
}

/* An interval is of one comparison, a verdict of all: where they seem to differ, it is said why. */
static void an_interval_without_zero_may_be_undecided(void **state)
{
    (void)state;
    /* The names are words, or parts of words, of the sentence. */
    expect_made("close", (struct page_request){.baseline = "th"});
    expect("<a href=\"#variant-2\">an</a> against <a href=\"#variant-1\">th</a> is undecided: ");
    expect("An interval is for its comparison alone, while the verdict is after Holm’s correction");
    expect_made("four", (struct page_request){.baseline = "a"});
    expect("<a href=\"#variant-2\">b</a> is better than <a href=\"#variant-1\">a</a>: ");
    expect_none("An interval is for its comparison alone");
}

static void remarks_stand_with_the_runs(void **state)
{
    (void)state;
    struct experiment cells_again;
    if (store_experiment_load(store, "cells", &cells_again, &error) != 0)
        fail_msg("%s", error.text);
    const char *const tags[] = {"paper", "<b>"};
    const char *id = cells_again.trials[0].run;
    assert_int_equal(store_tags_add(store, id, tags, 2, &error), 0);
    assert_int_equal(store_note_set(store, id, "an <i>odd</i> one", &error), 0);
    expect_made("cells", (struct page_request){.baseline = "lstm"});
    expect("<td class=\"short\">&lt;b&gt;, paper</td>");
    expect("<td class=\"short\">an &lt;i&gt;odd&lt;/i&gt; one</td>");
    assert_int_equal(store_tags_remove(store, id, tags, 2, &error), 0);
    assert_int_equal(store_note_set(store, id, "", &error), 0);
    experiment_release(&cells_again);
    expect_made("cells", (struct page_request){.baseline = "lstm"});
    expect_none("<th scope=\"col\">tags</th>");
}

static void a_nonce_is_never_the_same(void **state)
{
    (void)state;
    char nonces[2][64];
    for (int i = 0; i < 2; i++) {
        expect_made("begun", (struct page_request){0});
        const char *nonce = strstr(text_get(&page), "script-src 'nonce-");
        assert_non_null(nonce);
        snprintf(nonces[i], sizeof nonces[i], "%.32s", nonce + 18);
        assert_int_equal(strspn(nonces[i], "0123456789abcdef"), 32);
        assert_int_equal(count(nonces[i]), 4);
    }
    assert_string_not_equal(nonces[0], nonces[1]);
}

static void what_is_unknown_is_refused(void **state)
{
    (void)state;
    assert_int_equal(make("nope", (struct page_request){0}), -1);
    assert_int_equal(error.code, ERROR_NOT_FOUND);
    assert_int_equal(make("cells", (struct page_request){.baseline = "rnn"}), -1);
    assert_int_equal(error.code, ERROR_NOT_FOUND);
    assert_int_equal(make("cells", (struct page_request){.at = "soon"}), -1);
    assert_int_equal(error.code, ERROR_USAGE);
    assert_int_equal(make("cells", (struct page_request){.metric = "test.acuracy"}), -1);
    assert_int_equal(error.code, ERROR_NOT_FOUND);
    assert_non_null(strstr(error.text, "test.accuracy"));
}

static void a_missing_gnuplot_costs_only_the_pictures(void **state)
{
    (void)state;
    char *path = memory_copy_text(getenv("PATH"));
    setenv("PATH", "/nonexistent", 1);
    int result = make("cells", (struct page_request){.baseline = "lstm"});
    setenv("PATH", path, 1);
    memory_free(path);
    assert_int_equal(result, 0);
    assert_int_equal(pictures.drawn, 0);
    assert_true(pictures.failed >= 3);
    assert_int_equal(pictures.error.code, ERROR_NOT_FOUND);
    expect("gru</a> is better than ");
    expect("gnuplot is missing. On Debian the package <code>gnuplot-nox</code> has it.");
    expect_none("<img");
    picture_files(true);
}

static void a_failing_gnuplot_costs_only_the_pictures(void **state)
{
    (void)state;
    fake_programs_setup(folder);
    fake_program(folder, "gnuplot", "echo broken >&2; exit 2");
    int result = make("cells", (struct page_request){.baseline = "lstm"});
    char *program = file_join(folder, "bin/gnuplot");
    unlink(program);
    memory_free(program);
    assert_int_equal(result, 0);
    assert_int_equal(pictures.error.code, ERROR_FAILED);
    expect(
        "This picture could not be drawn: gnuplot (package gnuplot-nox) failed with status 2.</p>");
    picture_files(true);
}

static int setup(void **state)
{
    (void)state;
    store = store_folder_make(folder);
    made_up_experiment(store, "cells", cells, sizeof cells / sizeof cells[0]);
    made_up_experiment(store, "half", half, sizeof half / sizeof half[0]);
    made_up_experiment(store, "begun", begun, 1);
    made_up_experiment(store, "many", many, sizeof many / sizeof many[0]);
    made_up_experiment(store, "four", many, FIRST_FOUR);
    made_up_experiment(store, "same", same, sizeof same / sizeof same[0]);
    made_up_experiment(store, "close", close_ones, sizeof close_ones / sizeof close_ones[0]);
    made_up_experiment(store, "single", single, 1);
    made_up_experiment(store, "long", longest, 1);
    made_up_experiment(store, "hostile", hostile, 2);
    log_set_quiet(true);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    text_release(&page);
    return store_folder_remove(store, folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_question_has_an_answer),
        cmocka_unit_test(a_loss_is_better_when_it_is_lower),
        cmocka_unit_test(without_a_baseline_all_pairs_are_told),
        cmocka_unit_test(a_moment_is_named),
        cmocka_unit_test(what_is_missing_is_said),
        cmocka_unit_test(an_experiment_that_was_not_begun_has_a_page),
        cmocka_unit_test(long_names_are_cut_in_the_title),
        cmocka_unit_test(names_are_text),
        cmocka_unit_test(a_run_may_be_of_two_variants),
        cmocka_unit_test(what_the_command_line_changed_is_told),
        cmocka_unit_test(what_is_not_there_cannot_be_done_again),
        cmocka_unit_test(a_full_disk_is_not_called_gnuplot),
        cmocka_unit_test(every_section_says_what_it_should),
        cmocka_unit_test(legends_speak_of_what_is_there),
        cmocka_unit_test(many_comparisons_are_lists),
        cmocka_unit_test(many_variants_without_a_baseline_have_a_best),
        cmocka_unit_test(pairs_are_lists_too),
        cmocka_unit_test(unanimous_comparisons_are_told_as_such),
        cmocka_unit_test(an_interval_without_zero_may_be_undecided),
        cmocka_unit_test(remarks_stand_with_the_runs),
        cmocka_unit_test(a_nonce_is_never_the_same),
        cmocka_unit_test(what_is_unknown_is_refused),
        cmocka_unit_test(a_missing_gnuplot_costs_only_the_pictures),
        cmocka_unit_test(a_failing_gnuplot_costs_only_the_pictures),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
