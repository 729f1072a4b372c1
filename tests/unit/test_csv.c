/* The plugin's source itself, so that it is tested without loading a file. */
#include "../../plugins/csv.c"

#include "unit/dataset_params.h"
#include "unit/temporary_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* A data set that was opened, or not. */
struct opened {
    struct csv params;
    struct csv_state state;
    struct dataset_content content;
    struct error error;
    int result;
};

static char *names_of_inputs[] = {(char *)"b", (char *)"a"};

/* TRAIN and TEST are contents of train.csv and test.csv; without TEST a third is held out. The rest
 * is as in PARAMS, whose label is y and id is id where it does not say. */
static void open_bytes(struct opened *opened, const struct csv *params, const char *train,
                       size_t train_size, const char *test)
{
    *opened = (struct opened){.params = csv_defaults};
    struct csv *csv = &opened->params;
    csv->layout = params->layout;
    csv->id = params->id ? params->id : params->layout == LAYOUT_STEPS ? (char *)"id" : NULL;
    csv->label = params->label ? params->label : (char *)"y";
    csv->inputs = params->inputs;
    csv->separator = params->separator ? params->separator : csv->separator;
    csv->path = temporary_write(folder, "train.csv", train, train_size, false);
    csv->test = test ? temporary_write(folder, "test.csv", test, strlen(test), false) : NULL;
    csv->hold_out = test ? 0 : 1.0 / 3;
    assert_int_equal(csv_check(csv, NULL), 0);
    opened->result = dataset_csv.open(csv, &opened->state, "", &opened->content, &opened->error);
}

static void open_texts(struct opened *opened, const struct csv *params, const char *train,
                       const char *test)
{
    open_bytes(opened, params, train, strlen(train), test);
}

static void close_it(struct opened *opened)
{
    dataset_csv.close(&opened->state);
    memory_free(opened->params.path);
    memory_free(opened->params.test);
}

/* "LABEL: row | row; LABEL: row", a row being its values with blanks between. */
static char *describe(const struct examples *examples, int64_t features)
{
    struct text text = {0};
    assert_int_equal(examples->begins[0], 0);
    for (int64_t i = 0; i < examples->count; i++) {
        text_add_format(&text, "%s%d:", i ? "; " : "", examples->series_labels[i]);
        for (int64_t row = examples->begins[i]; row < examples->begins[i + 1]; row++) {
            text_add(&text, row > examples->begins[i] ? " |" : "");
            for (int64_t f = 0; f < features; f++)
                text_add_format(&text, " %g", (double)examples->series[row * features + f]);
        }
    }
    return text_take(&text);
}

static void assert_read(const struct csv *params, const char *train, const char *test,
                        const char *expected_train, const char *expected_test)
{
    struct opened opened;
    open_texts(&opened, params, train, test);
    if (opened.result != 0)
        fail_msg("%s", opened.error.text);
    char *found = describe(&opened.content.train, opened.content.features);
    assert_string_equal(found, expected_train);
    memory_free(found);
    found = describe(&opened.content.test, opened.content.features);
    assert_string_equal(found, expected_test);
    memory_free(found);
    close_it(&opened);
}

static const struct csv steps = {.layout = LAYOUT_STEPS}, series = {.layout = LAYOUT_SERIES};

static void rows_of_one_id_are_a_series(void **state)
{
    (void)state;
    /* The rows of p and q are mixed; inputs are a and b where nothing is said; z comes last. */
    assert_read(&steps, "id,a,y,b\np,1,z,2\nq,3,x,4\np,5,z,6\nr,-1e2,x,.5\n",
                "b,id,y,a,more\n8,p,x,7,n/a\n", "1: 1 2 | 5 6; 0: 3 4; 0: -100 0.5", "0: 7 8");
    struct csv chosen = {.layout = LAYOUT_STEPS, .inputs = {names_of_inputs, 2}};
    assert_read(&chosen, "id,a,c,y,b\np,1,n/a,z,2\nq,3,,x,4\n", "id,a,y,b\np,5,z,6\n",
                "1: 2 1; 0: 4 3", "1: 6 5");
}

static void a_row_is_a_series(void **state)
{
    (void)state;
    assert_read(&series, "y,t1,t2,t3\nv,1,2,3\nu,4,,\nu,5,6\n", "t1,y,t2,t3,t4\n1,u,2,3,4\n",
                "1: 1 | 2 | 3; 0: 4; 0: 5 | 6", "0: 1 | 2 | 3 | 4");
    struct csv chosen = {
        .layout = LAYOUT_SERIES, .id = (char *)"n", .inputs = {names_of_inputs, 2}};
    assert_read(&chosen, "n,y,a,b,c\n1,v,1,2,x\n2,u,,3,\n", "n,y,a,b\n1,u,4,5\n", "1: 2 | 1; 0: 3",
                "0: 5 | 4");
}

static void text_is_read_as_the_standard_has_it(void **state)
{
    (void)state;
    const char *test = "id,a,y\n1,1,u\n";
    static const char *const same[] = {
        "id,a,y\np,1,u\nq,2,v\n",
        "id,a,y\r\np,1,u\r\nq,2,v",
        "\xef\xbb\xbfid,a,y\n\n  \np,1,u\n\r\nq,2,v\n\n",
        "\"id\",\"a\",\"y\"\n\"p\",\"1\",\"u\"\n\"q\",2,\"v\"\n",
        "id , a,\ty\np, 1 ,u\t\nq,\t2,v\n",
        "id,a,y\n\"p,\"\"\n,\",1,u\nq,+2.0e0,v\n",
        ",id,a,y\n1,p,1,u\n2,q,02,v\n", /* R's row numbers */
    };
    for (size_t i = 0; i < sizeof same / sizeof *same; i++)
        assert_read(&steps, same[i], test, "0: 1; 1: 2", "0: 1");
    struct csv semicolon = {.separator = (char *)";"}, tab = {.separator = (char *)"tab"};
    assert_read(&semicolon, "id;a;y\np;1;u\nq;2;v\n", "id;a;y\n1;1;u\n", "0: 1; 1: 2", "0: 1");
    assert_read(&tab, "id\ta\ty\np\t1\tu\nq\t2\tv\n", "id\ta\ty\n1\t1\tu\n", "0: 1; 1: 2", "0: 1");
    /* Whole numbers that float32 has, and others that are rounded as any number is. */
    assert_read(&steps,
                "id,a,y\np,16777216,u\np,-1700000000,u\nq,1.700000001e9,v\nq,0.1234567891,v\n",
                test, "0: 1.67772e+07 | -1.7e+09; 1: 1.7e+09 | 0.123457", "0: 1");
    /* Numbers in the order of their values, and before words. */
    assert_read(&series, "y,t\n10,1\n9,2\nx,3\n-1,4\n", "y,t\n9,5\n", "2: 1; 1: 2; 3: 3; 0: 4",
                "1: 5");
}

static void what_is_held_out_is_the_same_part_of_each_class(void **state)
{
    (void)state;
    struct text text = {0};
    text_add(&text, "id,y,a\n");
    for (int i = 0; i < 90; i++)
        text_add_format(&text, "%d,%s,%d\n", i, i % 3 ? "many" : "few", i);
    char *found[2];
    int first_few = 0, last_few = 0; /* of the class, ten being held out of thirty */
    for (int time = 0; time < 2; time++) {
        struct opened opened;
        open_texts(&opened, &steps, text_get(&text), NULL);
        assert_int_equal(opened.result, 0);
        const struct examples *parts[] = {&opened.content.train, &opened.content.test};
        bool seen[90] = {0};
        int few = 0;
        first_few = last_few = 0;
        assert_int_equal(parts[0]->count, 60);
        assert_int_equal(parts[1]->count, 30);
        for (int part = 0; part < 2; part++)
            for (int64_t i = 0; i < parts[part]->count; i++) {
                int number = (int)parts[part]->series[i];
                assert_false(seen[number]);
                seen[number] = true;
                assert_int_equal(parts[part]->series_labels[i], number % 3 != 0);
                few += part && number % 3 == 0;
                first_few += part && number % 3 == 0 && number < 30;
                last_few += part && number % 3 == 0 && number >= 60;
            }
        assert_int_equal(few, 10);
        found[time] = describe(parts[1], 1);
        close_it(&opened);
    }
    assert_string_equal(found[0], found[1]);
    /* A draw, not the first or the last of each class. */
    assert_true(first_few > 0 && last_few > 0 && first_few < 10 && last_few < 10);
    memory_free(found[0]);
    memory_free(found[1]);
    text_release(&text);
}

/* COUNT series of each of two classes; gives how many of them are there for training. */
static int64_t left_by(double part, int count)
{
    struct text text = {0};
    struct opened opened = {.params = csv_defaults};
    struct csv *csv = &opened.params;
    text_add(&text, "y,t\n");
    for (int i = 0; i < 2 * count; i++)
        text_add_format(&text, "%d,%d\n", i % 2, i);
    csv->path =
        temporary_write(folder, "train.csv", text_get(&text), strlen(text_get(&text)), false);
    csv->layout = LAYOUT_SERIES;
    csv->label = (char *)"y";
    csv->hold_out = part;
    assert_int_equal(dataset_csv.open(csv, &opened.state, "", &opened.content, &opened.error), 0);
    int64_t left = opened.content.train.count;
    assert_int_equal(left + opened.content.test.count, 2 * count);
    close_it(&opened);
    text_release(&text);
    return left;
}

static void no_class_is_held_out_whole(void **state)
{
    (void)state;
    assert_int_equal(left_by(0.5, 10), 10);
    assert_int_equal(left_by(0.24, 10), 16);
    assert_int_equal(left_by(0.26, 10), 14);
    assert_int_equal(left_by(0.99, 10), 2);
    assert_int_equal(left_by(0.99, 2), 2);
}

static void what_is_wrong_is_named_by_its_place(void **state)
{
    (void)state;
    static const struct csv series_with_ids = {.layout = LAYOUT_SERIES, .id = (char *)"id"},
                            steps_with_semicolons = {.separator = (char *)";"},
                            steps_of_b_and_a = {.inputs = {names_of_inputs, 2}};
    static const char good[] = "id,a,y\np,1,u\nq,2,v\n";
    static const struct {
        const struct csv *params;
        const char *train, *test, *expected;
    } cases[] = {
        {&steps, "id,a,y\np,1,u\np,n/a,u\n", good,
         "train.csv:3:2: a: expected a number, found `n/a`"},
        {&steps, "id,a,y\np,\"1\n2\",u\n", good,
         "train.csv:2:2: a: expected a number, found `1 2`"},
        {&steps, "id,\"a\nb\",y\np,1,u\n\np,0x1,u\n", good,
         "train.csv:5:2: a b: expected a number, found `0x1`"},
        {&steps, "id,a,y\np,inf,u\n", good, "train.csv:2:2: a: expected a number, found `inf`"},
        {&steps, "id,a,y\np,1e,u\n", good, "train.csv:2:2: a: expected a number, found `1e`"},
        {&steps, "id,a,y\np,1-2,u\n", good, "train.csv:2:2: a: expected a number, found `1-2`"},
        {&steps, "id,a,y\np,1e39,u\n", good, "train.csv:2:2: a: too large for float32: `1e39`"},
        {&steps, "id,a,y\np,\"1,5\",u\n", good,
         "train.csv:2:2: a: expected a number with a decimal point, found `1,5`"},
        {&steps, "id,a,y\np,,u\n", good,
         "train.csv:2:2: a: expected a number, found an empty cell"},
        {&steps, "id,a,y\np,1\n", good, "train.csv:2:3: y: the row ends before this cell"},
        {&steps, "id,a,y\np,1,u,\n", good, "train.csv:2:4: more cells than the first line has"},
        {&steps, "id,a,y\n,1,u\n", good, "train.csv:2:1: id: no id"},
        {&steps, "id,a,y\np,1,\n", good, "train.csv:2:3: y: no label"},
        {&steps, "id,a,y\np,1,u\nq,1,v\np,2,v\n", good,
         "train.csv:4:3: y: the series has had another label since line 2, not `v`"},
        {&steps, "id,a,a,y\n", good, "train.csv:1:3: another column has the same name, `a`"},
        {&steps, "", good, "train.csv: empty; its first line must name the columns"},
        {&steps, "\xef\xbb\xbf\n\n", good,
         "train.csv: empty; its first line must name the columns"},
        {&steps, "id,a,y\n", good, "train.csv: only names of columns; no row follows"},
        {&steps, "id,a,y\np,1,u\n", good,
         "train.csv: all series have the label `u`: nothing to learn"},
        {&steps, "id,y\np,1\n", good, "train.csv:1: no column is left for the inputs"},
        {&steps, "id;a;y\np;1;u\n", good,
         "train.csv:1: `label`: no column is called `y`; should `separator` be \";\"? Columns "
         "there: "
         "id;a;y"},
        {&steps_with_semicolons, "id\ta\ty\np\t1\tu\n", good,
         "no column is called `y`; should `separator` be \"tab\"? Columns"},
        {&steps, "\"id\";\"a\";\"y\"\n", good,
         "train.csv:1:1: something else than the `separator` stands behind the quotation mark (one "
         "within quotes is written \"\"): `id`"},
        {&steps, "ID,a,y\n", good,
         "no column is called `id`; did you mean `ID`? Columns there: ID, a, y"},
        {&steps, "serial,a,y\n", good, "no column is called `id`; Columns there: serial, a, y"},
        {&steps, "id,a,y\np,1700000001,u\n", good,
         "train.csv:2:2: a: float32 would make 1700000000 of it; subtract what the column's values "
         "have in common, or write them with an exponent to have them rounded: `1700000001`"},
        {&steps, "id,a,y\np,-16777217.0,u\n", good,
         "train.csv:2:2: a: float32 would make -16777216 of it"},
        {&steps, "id,a,y\np,1,u\nq,2,v,,,,,,\"\n", good,
         "train.csv:3:4: more cells than the first line has"},
        {&steps, "ids,a,y\n", good,
         "train.csv:1: `id`: no column is called `id`; did you mean `ids`? Columns there: ids, a, "
         "y"},
        {&steps, good, "id,y\np,u\n",
         "test.csv:1: `inputs`: no column is called `a`; did you mean `y`? Columns there: id, y"},
        {&steps, good, "id,a,y\np,1,w\n", "test.csv:2:3: y: no training series has the label `w`"},
        {&steps, good, "id,a,y\n", "test.csv: only names of columns; no row follows"},
        {&steps, "id,a,y\np,1,u\nq,2,v\n", NULL, "`hold_out` 0.333333 of 2 series leaves no test"},
        {&steps, "id,a,y\np,1,\"u\n", good,
         "train.csv:2:3: y: the quotation mark that begins here is never closed"},
        {&steps, "id,a,y\np,1,\"u\"v\n", good,
         "train.csv:2:3: y: something else than the `separator` stands behind the quotation mark "
         "(one within quotes is written \"\"): `u`"},
        {&steps, "id,a,y\np,1,u\"v\n", good,
         "train.csv:2:3: y: a quotation mark within a cell without quotes, `u`"},
        {&steps, "id,a,y\rp,1,u\r", good,
         "train.csv:1:3: a carriage return that no line feed follows"},
        {&steps, "\x1f\x8b\x08", good, "train.csv: is compressed; unpack it with gunzip first"},
        {&steps, "\x1f", good, "train.csv:1:1: a control character: this is no plain text"},
        {&steps, "\"\x1f\"", good, "train.csv:1:1: a control character: this is no plain text"},
        {&series, "y,a,b,c\nu,1,,3\n", good,
         "train.csv:2:3: b: expected a number, found an empty cell"},
        {&series, "y,a,b,c\nu,,,\n", good, "train.csv:2:2: a: the series has no values"},
        {&series_with_ids, "id,y,a\np,u,1\nq,u,2\np,v,3\n", good,
         "train.csv:4:1: id: an earlier series has the same id, `p`"},
        {&steps_of_b_and_a, "id,a,y\np,1,u\n", good,
         "train.csv:1: `inputs`: no column is called `b`; did you mean `a`? Columns there: id, a, "
         "y"},
        {&steps, "id,a,y\np,\x1b[2J,u\n", good,
         "train.csv:2:2: a: a control character: this is no plain text"},
        {&steps, "id,a,y\np,\xff\xe2\x80\xae,u\n", good,
         "train.csv:2:2: a: expected a number, found `??`"},
    };
    int misnamed = 0;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct opened opened;
        open_texts(&opened, cases[i].params, cases[i].train, cases[i].test);
        bool is_named = opened.result == -1 && strstr(opened.error.text, cases[i].expected);
        if (!is_named)
            print_error("%s, not %s\n", opened.error.text, cases[i].expected);
        misnamed += !is_named;
        assert_true(text_starts_with(opened.error.text, folder));
        assert_int_equal(opened.error.code, ERROR_DATA);
        close_it(&opened);
    }
    assert_int_equal(misnamed, 0);
}

static void what_is_no_file_is_refused(void **state)
{
    (void)state;
    struct csv csv = csv_defaults;
    struct csv_state nothing = {0};
    struct dataset_content content = {0};
    struct error error = {0};
    char *pipe = file_join(folder, "pipe");
    assert_int_equal(mkfifo(pipe, 0600), 0);
    char *const paths[] = {folder, pipe, (char *)"/nowhere/train.csv"};
    csv.id = (char *)"id";
    csv.label = (char *)"y";
    for (int i = 0; i < 3; i++) {
        csv.path = paths[i];
        assert_int_equal(dataset_csv.open(&csv, &nothing, "", &content, &error), -1);
        assert_non_null(strstr(error.text, i < 2 ? "is not a file" : "No such file"));
        assert_int_equal(error.code, ERROR_DATA);
        dataset_csv.close(&nothing);
    }
    memory_free(pipe);
}

/* Nothing is mapped at address 0, so that reading this file fails as on a broken disk. */
static void a_file_that_cannot_be_read_is_no_empty_one(void **state)
{
    (void)state;
    struct csv csv = csv_defaults;
    struct csv_state nothing = {0};
    struct dataset_content content = {0};
    struct error error = {0};
    csv.id = (char *)"id";
    csv.label = (char *)"y";
    csv.path = (char *)"/proc/self/mem";
    assert_int_equal(dataset_csv.open(&csv, &nothing, "", &content, &error), -1);
    assert_string_equal(error.text, "/proc/self/mem: cannot be read: Input/output error");
    assert_int_equal(error.code, ERROR_DATA);
    dataset_csv.close(&nothing);
}

static void one_file_is_not_both(void **state)
{
    (void)state;
    struct csv csv = csv_defaults;
    struct csv_state nothing = {0};
    struct dataset_content content = {0};
    struct error error = {0};
    static const char text[] = "id,a,y\np,1,u\nq,2,v\n";
    csv.id = (char *)"id";
    csv.label = (char *)"y";
    csv.path = temporary_write(folder, "one.csv", text, strlen(text), false);
    csv.test = file_join(folder, "other.csv");
    assert_int_equal(symlink(csv.path, csv.test), 0);
    assert_int_equal(dataset_csv.open(&csv, &nothing, "", &content, &error), -1);
    assert_non_null(strstr(error.text, "/other.csv: `path` and `test` are the same file; "));
    assert_int_equal(error.code, ERROR_DATA);
    dataset_csv.close(&nothing);
    memory_free(csv.path);
    memory_free(csv.test);
}

/* START, and then as many of FILLING as a row without end has. */
static void assert_endless_is_refused(const char *start, char filling, const char *expected)
{
    size_t size = ((size_t)16 << 20) + 100;
    char *bytes = memory_new(size);
    memset(bytes, filling, size);
    memcpy(bytes, start, strlen(start));
    struct opened opened;
    open_bytes(&opened, &steps, bytes, size, "");
    assert_int_equal(opened.result, -1);
    if (!strstr(opened.error.text, expected))
        fail_msg("%s", opened.error.text);
    close_it(&opened);
    memory_free(bytes);
}

static void a_row_without_end_is_refused(void **state)
{
    (void)state;
    assert_endless_is_refused("id,a,y\np,\"", 'x',
                              "train.csv:2:2: a: the row is longer than 16 MiB");
    assert_endless_is_refused("id,a,y\np,", 'x', "train.csv:2:2: a: the row is longer than 16 MiB");
    assert_endless_is_refused("id,a,y\np,", ',',
                              "train.csv:2:4: more cells than the first line has");
    assert_endless_is_refused("id,a,y", ',', "train.csv:1:1048577: more than 1048576 columns");
}

static void parameters_that_contradict_are_refused(void **state)
{
    (void)state;
    char p[] = "p", i[] = "id", y[] = "y", comma[] = ",", two[] = ",,", letter[] = "x";
    char *label_as_input[] = {y};
    const struct csv good = {.path = p, .test = p, .id = i, .label = y, .separator = comma};
    assert_int_equal(csv_check(&good, NULL), 0);
    struct csv bad[] = {good, good, good, good, good, good, good};
    const char *const expected[] = {"either",         "either",      "needs `id`", "same column",
                                    "`inputs` names", "`separator`", "`separator`"};
    bad[0].test = NULL;
    bad[1].hold_out = 0.5;
    bad[2].id = NULL;
    bad[3].id = y;
    bad[4].inputs = (struct text_list){label_as_input, 1};
    bad[5].separator = two;
    bad[6].separator = letter;
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
        struct error error = {0};
        assert_int_equal(csv_check(&bad[k], &error), -1);
        assert_non_null(strstr(error.text, expected[k]));
    }
}

/* What was read keeps what a data set promises. */
static void check_promises(const struct opened *opened)
{
    const struct examples *parts[] = {&opened->content.train, &opened->content.test};
    for (int part = 0; part < 2; part++) {
        assert_true(parts[part]->count > 0);
        assert_int_equal(parts[part]->begins[0], 0);
        for (int64_t i = 0; i < parts[part]->count; i++) {
            assert_true(parts[part]->begins[i + 1] > parts[part]->begins[i]);
            assert_in_range(parts[part]->series_labels[i], 0, opened->content.classes - 1);
        }
        int64_t values = parts[part]->begins[parts[part]->count] * opened->content.features;
        for (int64_t i = 0; i < values; i++)
            assert_true(isfinite(parts[part]->series[i]));
    }
}

static const char sample[] = "\xef\xbb\xbfid,\"a\",y,b\r\np,1.5,z,-2e1\r\n\"q,\"\"1\",3,x,4\n"
                             "p,5,z,.6\nr,0,x,1\ns,7,z,1\nt,8,x,3\nu,1,z,2\nv,1,x,1";

static int read_damaged(const char *bytes, size_t size)
{
    struct opened opened;
    open_bytes(&opened, size % 2 ? &steps : &series, bytes, size, NULL);
    if (opened.result == 0)
        check_promises(&opened);
    else
        assert_true(text_starts_with(opened.error.text, folder));
    int result = opened.result;
    close_it(&opened);
    return result;
}

static void any_beginning_of_a_file_is_read_or_refused(void **state)
{
    (void)state;
    int good = 0, bad = 0;
    for (size_t size = 0; size < sizeof sample; size++) {
        struct opened opened;
        open_bytes(&opened, &steps, sample, size, NULL);
        if (opened.result == 0)
            check_promises(&opened);
        good += opened.result == 0;
        bad += opened.result != 0;
        close_it(&opened);
        read_damaged(sample, size);
    }
    assert_true(good > 5);
    assert_true(bad > 50);
}

static void damaged_files_are_read_or_refused(void **state)
{
    (void)state;
    static const char special[] = ",\"\n\r;\t 0-e.\xef\xff\x01";
    struct random_stream dice;
    int good = 0;
    random_open(&dice, 5, RANDOM_TEST, 0, 0);
    for (int round = 0; round < 2000; round++) {
        char bytes[sizeof sample];
        memcpy(bytes, sample, sizeof sample);
        for (uint32_t edits = 1 + random_below(&dice, 3); edits > 0; edits--) {
            uint32_t word = random_word(&dice);
            bytes[random_below(&dice, sizeof sample - 1)] =
                word & 1 ? special[random_below(&dice, sizeof special)] : (char)(word >> 8);
        }
        good += read_damaged(bytes, sizeof sample - 1 - (size_t)(round % 2)) == 0;
    }
    for (int round = 0; round < 500; round++) {
        char bytes[64];
        for (size_t i = 0; i < sizeof bytes; i++)
            bytes[i] = special[random_below(&dice, sizeof special)];
        read_damaged(bytes, random_below(&dice, sizeof bytes));
    }
    assert_true(good > 20);
}

/* Many series and labels: the tables behind the names grow. */
static void many_names_are_told_apart(void **state)
{
    (void)state;
    struct text text = {0};
    struct opened opened;
    text_add(&text, "id,y,a\n");
    for (int turn = 0; turn < 2; turn++)
        for (int i = 0; i < 5000; i++)
            text_add_format(&text, "n%d,%d,%d\n", i, i % 1000, 2 * i + turn);
    open_texts(&opened, &steps, text_get(&text), "id,y,a\nn1,999,1\n");
    assert_int_equal(opened.result, 0);
    assert_int_equal(opened.content.classes, 1000);
    assert_int_equal(opened.content.train.count, 5000);
    for (int i = 0; i < 5000; i++) {
        assert_int_equal(opened.content.train.begins[i], 2 * i);
        assert_int_equal(opened.content.train.series_labels[i], i % 1000);
        assert_true(opened.content.train.series[2 * i] == (float)(2 * i));
        assert_true(opened.content.train.series[2 * i + 1] == (float)(2 * i + 1));
    }
    close_it(&opened);
    for (int i = 0; i < 10001; i++)
        text_add_format(&text, "m%d,label %d,1\n", i, i);
    open_texts(&opened, &steps, text_get(&text), "id,y,a\nn1,999,1\n");
    assert_int_equal(opened.result, -1);
    assert_non_null(strstr(opened.error.text, "more than 10000 different labels"));
    close_it(&opened);
    text_release(&text);
}

/* What the file calls series and classes is told. */
static void tells_names(void **state)
{
    (void)state;
    struct opened opened;
    open_texts(&opened, &steps, "id,x,y\nlast,1,on\nfirst,2,off\nlast,3,on\n",
               "id,x,y\nmore,5,off\n");
    assert_int_equal(opened.result, 0);
    assert_string_equal(opened.content.class_names[0], "off");
    assert_string_equal(opened.content.class_names[1], "on");
    assert_string_equal(opened.content.train.names[0], "last");
    assert_string_equal(opened.content.train.names[1], "first");
    assert_string_equal(opened.content.test.names[0], "more");
    close_it(&opened);
    open_texts(&opened, &series, "x,y\n1,on\n2,off\n", "x,y\n3,off\n");
    assert_int_equal(opened.result, 0);
    assert_null(opened.content.train.names[1]);
    close_it(&opened);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_names),
        cmocka_unit_test(rows_of_one_id_are_a_series),
        cmocka_unit_test(a_row_is_a_series),
        cmocka_unit_test(text_is_read_as_the_standard_has_it),
        cmocka_unit_test(what_is_held_out_is_the_same_part_of_each_class),
        cmocka_unit_test(no_class_is_held_out_whole),
        cmocka_unit_test(what_is_wrong_is_named_by_its_place),
        cmocka_unit_test(what_is_no_file_is_refused),
        cmocka_unit_test(a_file_that_cannot_be_read_is_no_empty_one),
        cmocka_unit_test(one_file_is_not_both),
        cmocka_unit_test(a_row_without_end_is_refused),
        cmocka_unit_test(parameters_that_contradict_are_refused),
        cmocka_unit_test(any_beginning_of_a_file_is_read_or_refused),
        cmocka_unit_test(damaged_files_are_read_or_refused),
        cmocka_unit_test(many_names_are_told_apart),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
