/* A tile holds 16 rows of 64 bytes. A product of tiles adds, for rows i and columns j,
 *     C[i, j] += Σ_p A[i, p, 0] B[p, j, 0] + Σ_p A[i, p, 1] B[p, j, 1]     for p = 0 to 15,
 * each sum in the order of p and from zero, then one to the other, then both to C, rounded once at
 * each step. Double word p of A's row i holds a pair, and so does double word j of B's row p. Which
 * two of a block's 32 k are a pair is free as long as A and B agree: here k = p and p + 16, since
 * two vectors then become pairs by shifting and masking alone.
 *
 * Tiles lie one behind the other, and the three parts h, m, l of a block too. */
#include "math/amx.h"

#include "math/isa.h"

#ifdef __x86_64__

#include <cpuid.h>
#include <immintrin.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define AMX __attribute__((target(MATH_AVX512_TARGET ",amx-tile,amx-bf16")))

enum {
    SIDE = 16,            /* rows of a tile, pairs of a row, floats of a row of C */
    BLOCK = 2 * SIDE,     /* k of a tile */
    TILE = 1024,          /* bytes */
    PARTS = 3 * TILE,     /* bytes of a block's h, m and l */
    GROUP = 4 * SIDE,     /* columns that B is filled up to */
    CHUNK_BLOCKS = 16,    /* blocks of A that are cut into parts at once: 96 KiB for 32 rows */
    OUTER_BLOCKS = 4,     /* the same for a sum of outer products */
    PERMIT = 0x1023,      /* arch_prctl(2): ARCH_REQ_XCOMP_PERM */
    TILE_DATA = 18,       /* the state that is asked for */
    HAS_BFLOAT = 1 << 22, /* cpuid, leaf 7, edx: products of bfloat16 */
    HAS_TILES = 1 << 24,  /* likewise: the tiles themselves */
};

bool amx_present(void)
{
    unsigned a, b, c, d;
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) && d & HAS_BFLOAT && d & HAS_TILES;
}

bool amx_allowed(void)
{
    return syscall(SYS_arch_prctl, PERMIT, TILE_DATA) == 0;
}

static int64_t round_up(int64_t count, int64_t unit)
{
    return (count + unit - 1) / unit * unit;
}

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* A mask of the first COUNT of 16 lanes, where COUNT may be negative or above 16. */
static __mmask16 first_lanes(int64_t count)
{
    return count >= SIDE ? 0xffff : count <= 0 ? 0 : (__mmask16)((1u << count) - 1);
}

/* The pairs (LOW, HIGH) in three parts, a row of each part's tile. h and m are rounded to nearest;
 * what is left for l has eight bits and needs no rounding, and is NaN where the float was. */
AMX static inline void cut(__m512 low, __m512 high, char *to)
{
    const __m512i half = _mm512_set1_epi32(0x8000), upper = _mm512_set1_epi32((int)0xffff0000);
    for (int part = 0; part < 3; part++) {
        __m512i l = _mm512_castps_si512(low), h = _mm512_castps_si512(high);
        if (part < 2) {
            l = _mm512_add_epi32(l, half);
            h = _mm512_add_epi32(h, half);
        }
        const __m512i pairs =
            _mm512_ternarylogic_epi32(upper, h, _mm512_srli_epi32(l, 16), 0xca /* 1 ? 2 : 3 */);
        _mm512_store_si512(to + part * TILE, pairs);
        low = _mm512_sub_ps(low, _mm512_castsi512_ps(_mm512_and_si512(l, upper)));
        high = _mm512_sub_ps(high, _mm512_castsi512_ps(_mm512_and_si512(h, upper)));
    }
}

/* TO [16, 16] = FROM [rows, columns] transposed, filled up with zeros. */
AMX static void turn(const float *from, int64_t ld, int64_t rows, int64_t columns, float *to)
{
    __m512 r[SIDE], s[SIDE];
    for (int i = 0; i < SIDE; i++)
        r[i] = i < rows ? _mm512_maskz_loadu_ps(first_lanes(columns), from + i * ld)
                        : _mm512_setzero_ps();
    for (int i = 0; i < SIDE; i += 2) { /* within quarters, first by one float, then by two */
        s[i] = _mm512_unpacklo_ps(r[i], r[i + 1]);
        s[i + 1] = _mm512_unpackhi_ps(r[i], r[i + 1]);
    }
    for (int i = 0; i < SIDE; i += 4)
        for (int j = 0; j < 2; j++) {
            const __m512d x = _mm512_castps_pd(s[i + j]), y = _mm512_castps_pd(s[i + j + 2]);
            r[i + 2 * j] = _mm512_castpd_ps(_mm512_unpacklo_pd(x, y));
            r[i + 2 * j + 1] = _mm512_castpd_ps(_mm512_unpackhi_pd(x, y));
        }
    for (int i = 0; i < SIDE / 4; i++) { /* r[4 q + i] holds column i of each quarter of rows q */
        const __m512 even = _mm512_shuffle_f32x4(r[i], r[4 + i], 0x88);
        const __m512 odd = _mm512_shuffle_f32x4(r[i], r[4 + i], 0xdd);
        const __m512 other_even = _mm512_shuffle_f32x4(r[8 + i], r[12 + i], 0x88);
        const __m512 other_odd = _mm512_shuffle_f32x4(r[8 + i], r[12 + i], 0xdd);
        _mm512_storeu_ps(to + i * SIDE, _mm512_shuffle_f32x4(even, other_even, 0x88));
        _mm512_storeu_ps(to + (4 + i) * SIDE, _mm512_shuffle_f32x4(odd, other_odd, 0x88));
        _mm512_storeu_ps(to + (8 + i) * SIDE, _mm512_shuffle_f32x4(even, other_even, 0xdd));
        _mm512_storeu_ps(to + (12 + i) * SIDE, _mm512_shuffle_f32x4(odd, other_odd, 0xdd));
    }
}

/* A block of 32 pairs of vectors, vector p with vector p + 16: of FROM [rows, columns], at most
 * 32 times 16. */
AMX static void cut_rows(const float *from, int64_t ld, int64_t rows, int64_t columns, char *to)
{
    const __mmask16 lanes = first_lanes(columns);
    for (int p = 0; p < SIDE; p++) {
        const __m512 low =
            p < rows ? _mm512_maskz_loadu_ps(lanes, from + p * ld) : _mm512_setzero_ps();
        const __m512 high = p + SIDE < rows ? _mm512_maskz_loadu_ps(lanes, from + (p + SIDE) * ld)
                                            : _mm512_setzero_ps();
        cut(low, high, to + p * 64);
    }
}

/* The same of two blocks transposed, both at most 16 times 16: LOW [rows, columns] and HIGH
 * [high_rows, high_columns]; either may have none, and is then not read. */
AMX static void cut_turned(const float *low, int64_t rows, int64_t columns, const float *high,
                           int64_t high_rows, int64_t high_columns, int64_t ld, char *to)
{
    float turned[2][SIDE * SIDE] __attribute__((aligned(64)));
    turn(low, ld, rows, columns, turned[0]);
    turn(high, ld, high_rows, high_columns, turned[1]);
    for (int p = 0; p < SIDE; p++)
        cut(_mm512_load_ps(turned[0] + p * SIDE), _mm512_load_ps(turned[1] + p * SIDE),
            to + p * 64);
}

/* Row I of a block of A, from FROM [columns], COLUMNS > 0. */
AMX static void cut_row(const float *from, int64_t columns, char *to)
{
    if (columns >= BLOCK)
        cut(_mm512_loadu_ps(from), _mm512_loadu_ps(from + SIDE), to);
    else
        cut(_mm512_maskz_loadu_ps(first_lanes(columns), from),
            _mm512_maskz_loadu_ps(first_lanes(columns - SIDE), from + SIDE), to);
}

/* The compiler does not know that the tile instructions read memory: all must be written before,
 * and read again behind, this line. */
#define TILES_USE_MEMORY() __asm__ volatile("" ::: "memory")

/* The unit's setting: how many rows each of its eight tiles has. 0 to 3 are of C, 4 and 5 of A, 6
 * and 7 of B; even and odd ones, or those above and below, differ in rows. */
struct setting {
    uint8_t palette, start_row, unused[14];
    uint16_t row_bytes[16];
    uint8_t rows[16];
};

/* C is two tiles by two where LOWER > 0 rows stand below the UPPER ones, else one by four. */
AMX static void set_tiles(int64_t upper, int64_t lower)
{
    struct setting setting = {.palette = 1};
    for (int tile = 0; tile < 8; tile++) {
        setting.row_bytes[tile] = 64;
        const bool below = lower && (tile == 2 || tile == 3 || tile == 5);
        setting.rows[tile] = (uint8_t)(tile > 5 ? SIDE : below ? lower : upper);
    }
    TILES_USE_MEMORY();
    _tile_loadconfig(&setting);
    TILES_USE_MEMORY();
}

/* Blocks that follow each other in A's parts, and the panels of B [n / 16, blocks] that they
 * multiply. */
struct segment {
    int64_t blocks;
    const char *panel; /* of C's first column */
    int64_t panel_bytes;
};

/* How C begins and where it goes; START NULL is zero. Row lengths in bytes. */
struct target {
    const float *start;
    int64_t start_bytes;
    float *c;
    int64_t c_bytes;
};

#define LOAD_START(tile, offset_rows, column)                                                      \
    if (target->start)                                                                             \
        _tile_loadd(tile,                                                                          \
                    (const char *)target->start + (offset_rows)*target->start_bytes +              \
                        (column) * (int)sizeof(float),                                             \
                    target->start_bytes);                                                          \
    else                                                                                           \
        _tile_zero(tile)
#define STORE(tile, offset_rows, column)                                                           \
    _tile_stored(                                                                                  \
        tile, (char *)target->c + (offset_rows)*target->c_bytes + (column) * (int)sizeof(float),   \
        target->c_bytes)

/* Small products first. Four sums take turns, for each waits for its own last product. */
#define SIX_PRODUCTS(load_a, multiply)                                                             \
    load_a(2);                                                                                     \
    multiply(0);                                                                                   \
    load_a(1);                                                                                     \
    multiply(1);                                                                                   \
    multiply(0);                                                                                   \
    load_a(0);                                                                                     \
    multiply(2);                                                                                   \
    multiply(1);                                                                                   \
    multiply(0)

/* C [upper + lower, 32]: A is blocks of two tiles, of the upper and of the lower rows. */
AMX static void two_by_two(int64_t upper, const char *a, const struct segment *segments, int count,
                           int64_t panel, const struct target *target)
{
    TILES_USE_MEMORY();
    LOAD_START(0, 0, 0);
    LOAD_START(1, 0, SIDE);
    LOAD_START(2, upper, 0);
    LOAD_START(3, upper, SIDE);
#define LOAD_A(part)                                                                               \
    _tile_loadd(4, a + (part)*TILE, 64);                                                           \
    _tile_loadd(5, a + PARTS + (part)*TILE, 64)
#define MULTIPLY(part)                                                                             \
    _tile_loadd(6, left + (part)*TILE, 64);                                                        \
    _tile_loadd(7, right + (part)*TILE, 64);                                                       \
    _tile_dpbf16ps(0, 4, 6);                                                                       \
    _tile_dpbf16ps(2, 5, 6);                                                                       \
    _tile_dpbf16ps(1, 4, 7);                                                                       \
    _tile_dpbf16ps(3, 5, 7)
    for (int s = 0; s < count; s++) {
        const char *left = segments[s].panel + panel * segments[s].panel_bytes;
        const char *right = left + segments[s].panel_bytes;
        for (int64_t q = 0; q < segments[s].blocks; q++) {
            SIX_PRODUCTS(LOAD_A, MULTIPLY);
            a += 2 * PARTS;
            left += PARTS;
            right += PARTS;
        }
    }
#undef LOAD_A
#undef MULTIPLY
    STORE(0, 0, 0);
    STORE(1, 0, SIDE);
    STORE(2, upper, 0);
    STORE(3, upper, SIDE);
    TILES_USE_MEMORY();
}

/* C [upper, 64]: the second tile of A's blocks is not there. */
AMX static void one_by_four(const char *a, const struct segment *segments, int count, int64_t panel,
                            const struct target *target)
{
    TILES_USE_MEMORY();
    LOAD_START(0, 0, 0);
    LOAD_START(1, 0, SIDE);
    LOAD_START(2, 0, 2 * SIDE);
    LOAD_START(3, 0, 3 * SIDE);
#define LOAD_A(part) _tile_loadd(4, a + (part)*TILE, 64)
#define MULTIPLY(part)                                                                             \
    _tile_loadd(6, b + (part)*TILE, 64);                                                           \
    _tile_dpbf16ps(0, 4, 6);                                                                       \
    _tile_loadd(7, b + step + (part)*TILE, 64);                                                    \
    _tile_dpbf16ps(1, 4, 7);                                                                       \
    _tile_loadd(6, b + 2 * step + (part)*TILE, 64);                                                \
    _tile_dpbf16ps(2, 4, 6);                                                                       \
    _tile_loadd(7, b + 3 * step + (part)*TILE, 64);                                                \
    _tile_dpbf16ps(3, 4, 7)
    for (int s = 0; s < count; s++) {
        const int64_t step = segments[s].panel_bytes;
        const char *b = segments[s].panel + panel * step;
        for (int64_t q = 0; q < segments[s].blocks; q++) {
            SIX_PRODUCTS(LOAD_A, MULTIPLY);
            a += 2 * PARTS;
            b += PARTS;
        }
    }
#undef LOAD_A
#undef MULTIPLY
    STORE(0, 0, 0);
    STORE(1, 0, SIDE);
    STORE(2, 0, 2 * SIDE);
    STORE(3, 0, 3 * SIDE);
    TILES_USE_MEMORY();
}

/* All of C [upper + lower, n] for A's parts. Columns that do not fill tiles are computed beside C
 * and copied. */
AMX static void multiply_rows(int64_t upper, int64_t lower, int64_t n, const char *a,
                              const struct segment *segments, int count,
                              const struct target *target)
{
    const int64_t width = lower ? 2 * SIDE : GROUP, rows = upper + lower;
    float edge[SIDE * GROUP] __attribute__((aligned(64)));
    for (int64_t column = 0; column < n; column += width) {
        const size_t left = (size_t)smaller(n - column, width) * sizeof(float);
        struct target strip = *target;
        strip.c += column;
        strip.start = target->start ? target->start + column : NULL;
        const bool whole = column + width <= n;
        if (!whole) {
            memset(edge, 0, sizeof edge);
            for (int64_t i = 0; strip.start && i < rows; i++)
                memcpy(edge + i * width, (const char *)strip.start + i * strip.start_bytes, left);
            const int64_t bytes = width * (int64_t)sizeof(float);
            strip = (struct target){edge, bytes, edge, bytes};
        }
        if (lower)
            two_by_two(upper, a, segments, count, column / SIDE, &strip);
        else
            one_by_four(a, segments, count, column / SIDE, &strip);
        for (int64_t i = 0; !whole && i < rows; i++)
            memcpy((char *)(target->c + column) + i * target->c_bytes, edge + i * width, left);
    }
}

int64_t amx_packed_floats(int64_t k, int64_t n)
{
    return round_up(n, GROUP) / SIDE * (round_up(k, BLOCK) / BLOCK) * PARTS /
           (int64_t)sizeof(float);
}

void amx_pack(bool transpose, int64_t k, int64_t n, const float *b, int64_t ldb, float *memory)
{
    char *to = (char *)memory;
    for (int64_t column = 0; column < round_up(n, GROUP); column += SIDE)
        for (int64_t row = 0; row < k; row += BLOCK, to += PARTS) {
            if (column >= n)
                memset(to, 0, PARTS);
            else if (transpose) {
                const float *from = b + column * ldb + row;
                const int64_t rows = smaller(n - column, SIDE), left = k - row;
                cut_turned(from, rows, left, left > SIDE ? from + SIDE : from, rows, left - SIDE,
                           ldb, to);
            } else
                cut_rows(b + row * ldb + column, ldb, smaller(k - row, BLOCK), n - column, to);
        }
}

/* Where the next chunk of a sum's blocks begins. */
struct position {
    int term;
    int64_t k;
};

/* Cuts rows FIRST to FIRST + UPPER + LOWER of at most CHUNK_BLOCKS blocks of the terms' A, from
 * POSITION on. Returns the number of segments. */
AMX static int cut_chunk(int64_t first, int64_t upper, int64_t lower,
                         const struct packed_term *terms, int count, struct position *position,
                         char *a, struct segment segments[CHUNK_BLOCKS])
{
    int found = 0;
    int64_t blocks = 0;
    while (position->term < count && blocks < CHUNK_BLOCKS && found < CHUNK_BLOCKS) {
        const struct packed_term *term = &terms[position->term];
        const int64_t k = term->b->k, from = position->k;
        const int64_t some = smaller((k - from + BLOCK - 1) / BLOCK, CHUNK_BLOCKS - blocks);
        for (int64_t i = 0; i < upper + lower; i++) {
            const float *row = term->a + (first + i) * term->lda;
            char *to = a + blocks * 2 * PARTS + (i < upper ? i * 64 : PARTS + (i - upper) * 64);
            for (int64_t q = 0; q < some; q++)
                cut_row(row + from + q * BLOCK, k - from - q * BLOCK, to + q * 2 * PARTS);
        }
        segments[found++] = (struct segment){
            .blocks = some,
            .panel = (const char *)term->b->panels + from / BLOCK * PARTS,
            .panel_bytes = (k + BLOCK - 1) / BLOCK * PARTS,
        };
        blocks += some;
        position->k += some * BLOCK;
        if (position->k >= k)
            *position = (struct position){.term = position->term + 1};
    }
    return found;
}

AMX void amx_multiply(int64_t m, const struct packed_term *terms, int count, const float *start,
                      int64_t start_stride, float *c, int64_t ldc)
{
    char a[CHUNK_BLOCKS * 2 * PARTS] __attribute__((aligned(64)));
    struct segment segments[CHUNK_BLOCKS];
    const int64_t n = terms[0].b->n, size = sizeof(float);
    const int64_t bands = (m + BLOCK - 1) / BLOCK;
    int64_t set_upper = -1, set_lower = -1;
    for (int64_t band = 0; band < bands; band++) {
        /* Evenly: a product of tiles takes as long as it has rows. */
        const int64_t first = band * m / bands, rows = (band + 1) * m / bands - first;
        const int64_t upper = rows > SIDE ? (rows + 1) / 2 : rows, lower = rows - upper;
        if (upper != set_upper || lower != set_lower)
            set_tiles(upper, lower);
        set_upper = upper;
        set_lower = lower;
        struct target target = {start ? start + first * start_stride : NULL, start_stride * size,
                                c + first * ldc, ldc * size};
        struct position position = {0};
        do {
            int found = cut_chunk(first, upper, lower, terms, count, &position, a, segments);
            multiply_rows(upper, lower, n, a, segments, found, &target);
            target.start = target.c;
            target.start_bytes = target.c_bytes;
        } while (position.term < count);
    }
    _tile_release();
}

/* The sums of outer products are found transposed, D [n, m] = Bᵀ A, since B is the smaller one in
 * a layer's gradients, and the one whose parts must be transposed. */
struct outer_memory {
    float *sums;      /* each term's D [round_up(n, 32), columns], one below the other */
    int64_t columns;  /* m rounded up to 32 */
    char *transposed; /* for each 32 rows of D, OUTER_BLOCKS of two tiles of Bᵀ */
    char *strip;      /* [2 panels, OUTER_BLOCKS] of A */
};

enum { BAND = OUTER_BLOCKS * 2 * PARTS }; /* bytes of 32 rows' parts */

/* MEMORY holds the strip, the transposed parts and the sums. */
int64_t amx_outer_floats(int64_t m, int64_t n)
{
    return (1 + round_up(n, BLOCK) / BLOCK) * BAND / (int64_t)sizeof(float) +
           round_up(n, BLOCK) * round_up(m, BLOCK);
}

/* The parts of Bᵀ, 32 of its rows after another; B [k, n] with K <= OUTER_BLOCKS · 32. Returns what
 * is behind them. */
AMX static char *cut_transposed(int64_t k, int64_t n, const float *b, int64_t ldb, char *to)
{
    for (int64_t column = 0; column < n; column += BLOCK, to += BAND)
        for (int64_t row = 0; row < k; row += BLOCK)
            for (int tile = 0; tile < 2; tile++) {
                char *parts = to + (row / BLOCK * 2 + tile) * PARTS;
                const float *from = b + row * ldb + column + tile * SIDE;
                const int64_t columns = n - column - tile * SIDE, left = k - row;
                cut_turned(from, left, columns, left > SIDE ? from + SIDE * ldb : from, left - SIDE,
                           columns, ldb, parts);
            }
    return to;
}

/* The sums over rows FROM to FROM + K, where K <= OUTER_BLOCKS · 32. */
AMX static void add_chunk(int64_t from, int64_t k, int64_t m, const float *a, int64_t lda,
                          const struct outer_term *terms, int count,
                          const struct outer_memory *memory)
{
    const int64_t blocks = (k + BLOCK - 1) / BLOCK, bytes = memory->columns * (int)sizeof(float);
    const struct segment segment = {blocks, memory->strip, OUTER_BLOCKS * PARTS};
    char *end = memory->transposed;
    for (int i = 0; i < count; i++)
        end = cut_transposed(k, terms[i].n, terms[i].b + from * terms[i].ldb, terms[i].ldb, end);
    for (int64_t column = 0; column < m; column += BLOCK) {
        for (int panel = 0; panel < 2; panel++)
            for (int64_t q = 0; q < blocks; q++)
                cut_rows(a + (from + q * BLOCK) * lda + column + panel * SIDE, lda, k - q * BLOCK,
                         m - column - panel * SIDE,
                         memory->strip + (panel * OUTER_BLOCKS + q) * PARTS);
        float *sums = memory->sums + column;
        for (const char *band = memory->transposed; band < end; band += BAND) {
            const struct target target = {sums, bytes, sums, bytes};
            two_by_two(SIDE, band, &segment, 1, 0, &target);
            sums += BLOCK * memory->columns;
        }
    }
}

/* TERM's C += Dᵀ. */
AMX static void add_transposed(int64_t m, const float *sums, int64_t columns,
                               const struct outer_term *term)
{
    for (int64_t i = 0; i < m; i += SIDE)
        for (int64_t j = 0; j < term->n; j += SIDE) {
            const __mmask16 lanes = first_lanes(term->n - j);
            float block[SIDE * SIDE] __attribute__((aligned(64)));
            turn(sums + j * columns + i, columns, SIDE, SIDE, block);
            for (int64_t row = 0; row < SIDE && i + row < m; row++) {
                float *to = term->c + (i + row) * term->ldc + j;
                const __m512 sum = _mm512_add_ps(_mm512_maskz_loadu_ps(lanes, to),
                                                 _mm512_load_ps(block + row * SIDE));
                _mm512_mask_storeu_ps(to, lanes, sum);
            }
        }
}

AMX void amx_add_outer(int64_t k, int64_t m, const float *a, int64_t lda,
                       const struct outer_term *terms, int count, float *memory)
{
    const int64_t chunk = OUTER_BLOCKS * BLOCK;
    struct outer_memory parts = {.columns = round_up(m, BLOCK), .strip = (char *)memory};
    int64_t rows = 0;
    for (int i = 0; i < count; i++)
        rows += round_up(terms[i].n, BLOCK);
    parts.transposed = parts.strip + BAND;
    parts.sums = (float *)(void *)(parts.transposed + rows / BLOCK * BAND);
    memset(parts.sums, 0, (size_t)(rows * parts.columns) * sizeof *parts.sums);
    set_tiles(SIDE, SIDE);
    for (int64_t from = 0; from < k; from += chunk)
        add_chunk(from, smaller(k - from, chunk), m, a, lda, terms, count, &parts);
    _tile_release();
    for (int i = 0; i < count; i++) {
        add_transposed(m, parts.sums, parts.columns, &terms[i]);
        parts.sums += round_up(terms[i].n, BLOCK) * parts.columns;
    }
}

#else

bool amx_present(void)
{
    return false;
}

bool amx_allowed(void)
{
    return false;
}

#endif
