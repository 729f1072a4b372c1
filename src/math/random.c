#include "math/random.h"

#include "math/isa.h"

#include <Random123/philox.h>
#include <math.h>

/* 2^-24 and 2^-53: one unit of a float's and a double's significand below one. */
static const float float_step = 0x1p-24f;
static const double double_step = 0x1p-53;

MATH_BODY philox4x32_ctr_t philox(uint64_t seed, enum random_purpose purpose, uint32_t lane,
                                  uint32_t step, uint64_t index)
{
    philox4x32_ctr_t counter = {
        {(uint32_t)index, (uint32_t)(index >> 32), step, (uint32_t)purpose << 24 | lane}};
    philox4x32_key_t key = {{(uint32_t)seed, (uint32_t)(seed >> 32)}};
    return philox4x32_R(10, counter, key);
}

void random_block(uint64_t seed, enum random_purpose purpose, uint32_t lane, uint32_t step,
                  uint64_t index, uint32_t block[4])
{
    philox4x32_ctr_t words = philox(seed, purpose, lane, step, index);
    for (int i = 0; i < 4; i++)
        block[i] = words.v[i];
}

void random_open(struct random_stream *stream, uint64_t seed, enum random_purpose purpose,
                 uint32_t lane, uint32_t step)
{
    *stream = (struct random_stream){
        .seed = seed, .purpose = purpose, .lane = lane, .step = step, .used = 4};
}

uint32_t random_word(struct random_stream *stream)
{
    if (stream->used == 4) {
        random_block(stream->seed, stream->purpose, stream->lane, stream->step, stream->index++,
                     stream->block);
        stream->used = 0;
    }
    return stream->block[stream->used++];
}

/* Lemire, "Fast random integer generation in an interval", 2019: the upper half of word · limit,
 * with the words rejected that would make some results more frequent than others. */
uint32_t random_below(struct random_stream *stream, uint32_t limit)
{
    uint64_t product = (uint64_t)random_word(stream) * limit;
    if ((uint32_t)product < limit) {
        uint32_t rejected = -limit % limit; /* 2^32 mod limit */
        while ((uint32_t)product < rejected)
            product = (uint64_t)random_word(stream) * limit;
    }
    return (uint32_t)(product >> 32);
}

double random_uniform(struct random_stream *stream)
{
    uint64_t high = random_word(stream);
    uint64_t low = random_word(stream);
    return (double)((high << 32 | low) >> 11) * double_step;
}

/* Box and Muller, 1958: √(−2 ln u) cos(2π v), with u in (0, 1] so that the logarithm is finite. */
double random_normal(struct random_stream *stream)
{
    double u = 1.0 - random_uniform(stream);
    double v = random_uniform(stream);
    return sqrt(-2.0 * log(u)) * cos(2.0 * M_PI * v);
}

void random_shuffle(struct random_stream *stream, int32_t *items, int64_t count)
{
    for (int64_t last = count - 1; last > 0; last--) {
        int64_t other = random_below(stream, (uint32_t)(last + 1));
        int32_t item = items[last];
        items[last] = items[other];
        items[other] = item;
    }
}

/* OUT [4 · blocks]: whole blocks from number INDEX on. */
MATH_BODY void fill_blocks_body(uint64_t seed, enum random_purpose purpose, uint32_t lane,
                                uint32_t step, uint64_t index, int64_t blocks, float *out)
{
    for (int64_t i = 0; i < blocks; i++) {
        philox4x32_ctr_t words = philox(seed, purpose, lane, step, index + (uint64_t)i);
        out[4 * i] = (float)(int32_t)(words.v[0] >> 8) * float_step;
        out[4 * i + 1] = (float)(int32_t)(words.v[1] >> 8) * float_step;
        out[4 * i + 2] = (float)(int32_t)(words.v[2] >> 8) * float_step;
        out[4 * i + 3] = (float)(int32_t)(words.v[3] >> 8) * float_step;
    }
}

MATH_CLONES(fill_blocks, fill_blocks_body,
            (uint64_t seed, enum random_purpose purpose, uint32_t lane, uint32_t step,
             uint64_t index, int64_t blocks, float *out),
            (seed, purpose, lane, step, index, blocks, out))

void random_fill_uniform(uint64_t seed, enum random_purpose purpose, uint32_t lane, uint32_t step,
                         uint64_t first, int64_t count, float *out)
{
    int64_t done = 0;
    while (done < count) {
        uint64_t at = first + (uint64_t)done;
        int64_t skipped = (int64_t)(at % 4), blocks = (count - done) / 4;
        if (skipped == 0 && blocks > 0) {
            fill_blocks(seed, purpose, lane, step, at / 4, blocks, out + done);
            done += 4 * blocks;
            continue;
        }
        float block[4];
        fill_blocks(seed, purpose, lane, step, at / 4, 1, block);
        for (; skipped < 4 && done < count; skipped++)
            out[done++] = block[skipped];
    }
}
