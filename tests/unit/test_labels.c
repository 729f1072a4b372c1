#include "plots/labels.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

enum { HEIGHT = 8, WIDTH = 12 };

static bool apart(const struct label *a, const struct label *b)
{
    return a->left + a->width <= b->left || b->left + b->width <= a->left ||
           fabs(a->base - b->base) >= 0.39;
}

static void expect_apart(const struct label *labels, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        assert_true(labels[i].left >= 0 && labels[i].left + labels[i].width <= WIDTH);
        assert_true(labels[i].base >= 0 && labels[i].base <= HEIGHT);
        for (size_t j = 0; j < i; j++)
            assert_true(apart(&labels[i], &labels[j]));
    }
}

static void names_stand_at_the_right_where_they_can(void **state)
{
    (void)state;
    struct label labels[] = {{.x = 5, .y = 4, .width = 2}};
    assert_true(labels_place(labels, 1, NULL, 0, WIDTH, HEIGHT));
    assert_true(labels[0].left > 5 && labels[0].left < 5.5);
    assert_true(labels[0].base == 4);
}

static void names_stay_in_the_plot(void **state)
{
    (void)state;
    struct label labels[] = {{.x = 0, .y = 0, .width = 2},
                             {.x = WIDTH, .y = 0, .width = 2},
                             {.x = WIDTH, .y = HEIGHT, .width = 2},
                             {.x = 0, .y = HEIGHT, .width = 2}};
    assert_true(labels_place(labels, 4, NULL, 0, WIDTH, HEIGHT));
    expect_apart(labels, 4);
    assert_true(labels[1].left + labels[1].width < WIDTH);
}

static void names_do_not_cover_each_other(void **state)
{
    (void)state;
    struct label labels[] = {{.x = 5, .y = 4, .width = 2},
                             {.x = 5.3, .y = 4.2, .width = 2},
                             {.x = 5.6, .y = 4.1, .width = 2}};
    assert_true(labels_place(labels, 3, NULL, 0, WIDTH, HEIGHT));
    expect_apart(labels, 3);
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++)
            assert_false(i != j && labels[j].x > labels[i].left &&
                         labels[j].x < labels[i].left + labels[i].width &&
                         fabs(labels[j].y - labels[i].base) < 0.2);
}

static void names_keep_off_lines(void **state)
{
    (void)state;
    const struct label_line line = {{5, WIDTH}, {4, 4}};
    struct label labels[] = {{.x = 5, .y = 4, .width = 2}};
    assert_true(labels_place(labels, 1, &line, 1, WIDTH, HEIGHT));
    assert_true(fabs(labels[0].base - 4) >= 0.2 || labels[0].left + 2 <= 5);
}

static void too_many_names_have_no_place(void **state)
{
    (void)state;
    struct label labels[12];
    for (int i = 0; i < 12; i++)
        labels[i] = (struct label){.x = 5 + 0.01 * i, .y = 4, .width = 3};
    assert_false(labels_place(labels, 12, NULL, 0, WIDTH, HEIGHT));
    struct label wide = {.x = 5, .y = 4, .width = WIDTH + 1};
    assert_false(labels_place(&wide, 1, NULL, 0, WIDTH, HEIGHT));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_stand_at_the_right_where_they_can),
        cmocka_unit_test(names_stay_in_the_plot),
        cmocka_unit_test(names_do_not_cover_each_other),
        cmocka_unit_test(names_keep_off_lines),
        cmocka_unit_test(too_many_names_have_no_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
