/* Unroll's interface for plugins. */
#ifndef UNROLL_H
#define UNROLL_H

#include "base/error.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/memory.h"
#include "base/printable.h"
#include "base/text.h"
#include "layers/recurrent.h"
#include "math/block.h"
#include "math/isa.h"
#include "math/line.h"
#include "math/matrix.h"
#include "math/outer.h"
#include "math/packed.h"
#include "math/random.h"
#include "math/vector.h"
#include "module/dataset.h"
#include "module/initializer.h"
#include "module/layer.h"
#include "module/loss.h"
#include "module/optimizer.h"
#include "module/plugin.h"
#include "module/schedule.h"

#endif
