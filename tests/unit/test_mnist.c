#include "unit/idx_folder_trial.h"

extern const struct dataset dataset_mnist;

const struct dataset *const tried = &dataset_mnist;
const char *const tried_source = "mnist";

int main(void)
{
    return idx_folder_trial();
}
