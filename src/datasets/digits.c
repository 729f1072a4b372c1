/* Optical recognition of handwritten digits: E. Alpaydin and C. Kaynak, UCI Machine Learning
 * Repository (1998), CC BY 4.0; see README.md beside this file. 1,797 images of 8 x 8 pixels,
 * values 0 to 16, inside the binary. In file order the first 1,437 are the training set and the
 * last 360 the test set. */
#include "datasets/idx_format.h"

enum { TEST_COUNT = 360, CLASSES = 10, LARGEST = 16 };

/* Embedded by digits_data.S. */
extern const uint8_t digits_images[], digits_images_end[];
extern const uint8_t digits_labels[], digits_labels_end[];

static int digits_open(const void *params, void *state, const char *folder,
                       struct dataset_content *content, struct error *error)
{
    (void)params;
    (void)state;
    (void)folder;
    struct idx_file images = {0}, labels = {0};
    if (idx_parse(&images, IDX_IMAGES, "digits_images", digits_images,
                  (size_t)(digits_images_end - digits_images), error) != 0 ||
        idx_parse(&labels, IDX_LABELS, "digits_labels", digits_labels,
                  (size_t)(digits_labels_end - digits_labels), error) != 0)
        return -1;
    int64_t train = images.count - TEST_COUNT;
    *content = (struct dataset_content){
        .rows = images.rows,
        .columns = images.columns,
        .classes = CLASSES,
        .maximum = LARGEST,
        .train = {.count = train, .values = images.values, .labels = labels.values},
        .test = {.count = TEST_COUNT,
                 .values = images.values + train * images.rows * images.columns,
                 .labels = labels.values + train},
    };
    idx_digest(content);
    return 0;
}

const struct dataset dataset_digits = {
    .module = {MODULE_HEAD(MODULE_DATASET, struct dataset), .version = 1, .name = "digits",
               .summary = "1,797 handwritten digits of 8 x 8 pixels (UCI), inside the program."},
    .open = digits_open,
};
