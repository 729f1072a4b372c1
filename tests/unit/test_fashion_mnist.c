#include "unit/idx_folder_trial.h"

extern const struct dataset dataset_fashion_mnist;

const struct dataset *const tried = &dataset_fashion_mnist;
const char *const tried_source = "fashion-mnist";

int main(void)
{
    return idx_folder_trial();
}
