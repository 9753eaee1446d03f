/* The loops over all pixels of a picture, compiled: what gamut.py, chroma.py and small_picture.py
 * do with NumPy, operation by operation in single precision, so that results are equal to the bit.
 *
 * They gain because a few hundred pixels at a time stay in the processor's first cache and in its
 * registers, where NumPy writes every intermediate to memory. `compiled.py` calls them; constants
 * and tables come from there, so that they are written once. Built by hatch_build.py, which keeps
 * the compiler from joining products and sums, as that rounds differently.
 */
#include <math.h>
#include <stddef.h>
#include <stdint.h>

/* The loader picks the widest vectors that the processor has. */
#if defined(__x86_64__) && defined(__GLIBC__) && defined(__GNUC__) && !defined(__clang__)
#define FOR_EACH_PROCESSOR __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define FOR_EACH_PROCESSOR
#endif

/* Raised whenever what Python passes changes; compiled.py knows the same. */
int32_t colorize_kernels_version(void) { return 2; }

/* Pixels worked on at once: two dozen planes of them fit 48 KiB of first-level cache. */
#define BLOCK 512

typedef struct {
    float x_of_a, z_of_b;
    float rgb_of_xyz[3][3];
    float lowest, highest;
    float inverse_green;
    float dark_root, inverse_kappa, inverse_116;
    int32_t last_root, halvings;
    const void *code_of_root;
    const float *luminance_of_red, *luminance_of_blue;
} Space;

/* Lightness (or what Lab makes of X or Z) to parts of the white: `luminance_from_lightness`. */
static inline float relative(const Space *space, float lightness) {
    float root = (lightness + 16.0f) * space->inverse_116;
    float cube = root * root * root;
    float line = (116.0f * root - 16.0f) * space->inverse_kappa;
    return root <= space->dark_root ? line : cube;
}

typedef struct {
    float red, green, blue;
} Linear;

/* Lab whose luminance is known to linear sRGB: `_linear_of`. */
static inline Linear linear_of(
    const Space *space, float lightness, float luminance, float a, float b) {
    float x = relative(space, a * space->x_of_a + lightness);
    float z = relative(space, b * space->z_of_b + lightness);
    const float(*m)[3] = space->rgb_of_xyz;
    Linear linear = {
        m[0][0] * x + m[0][1] * luminance + m[0][2] * z,
        m[1][0] * x + m[1][1] * luminance + m[1][2] * z,
        m[2][0] * x + m[2][1] * luminance + m[2][2] * z,
    };
    return linear;
}

static inline int is_outside(const Space *space, Linear linear) {
    float low = linear.red < linear.green ? linear.red : linear.green;
    float high = linear.red > linear.green ? linear.red : linear.green;
    low = low < linear.blue ? low : linear.blue;
    high = high > linear.blue ? high : linear.blue;
    return (low < space->lowest) | (high > space->highest);
}

/* Where the table of codes has this light: `CodeTables.codes`. */
static inline int32_t root_of(const Space *space, float light) {
    light = light < 0.0f ? 0.0f : light;
    light = light > 1.0f ? 1.0f : light;
    return (int32_t)(sqrtf(light) * (float)space->last_root + 0.5f);
}

/* Colours in planes, and what is made of them. */
typedef struct {
    float lightness[BLOCK], luminance[BLOCK], a[BLOCK], b[BLOCK];
} Colors;

FOR_EACH_PROCESSOR static void find_luminance(
    const Space *space, const float *restrict lightness, size_t count, float *restrict luminance) {
    for (size_t i = 0; i < count; i++) luminance[i] = relative(space, lightness[i]);
}

/* Roots of red and of blue, and which colours sRGB cannot show; how many these are. */
FOR_EACH_PROCESSOR static int32_t find_roots(
    const Space *space, const float *restrict lightness, const float *restrict luminance,
    const float *restrict a, const float *restrict b, size_t count, int32_t *restrict red,
    int32_t *restrict blue, int32_t *restrict outside) {
    int32_t number = 0;
    for (size_t i = 0; i < count; i++) {
        Linear linear = linear_of(space, lightness[i], luminance[i], a[i], b[i]);
        red[i] = root_of(space, linear.red);
        blue[i] = root_of(space, linear.blue);
        outside[i] = is_outside(space, linear);
        number += outside[i];
    }
    return number;
}

/* One halving of the chroma's scale: `_with_less_chroma`. */
FOR_EACH_PROCESSOR static void raise_scale(
    const Space *space, const Colors *restrict colors, size_t count, float step,
    float *restrict scale) {
    for (size_t i = 0; i < count; i++) {
        float tried = scale[i] + step, luminance = colors->luminance[i];
        float a = colors->a[i] * tried, b = colors->b[i] * tried;
        Linear linear = linear_of(space, colors->lightness[i], luminance, a, b);
        scale[i] = is_outside(space, linear) ? scale[i] : tried;
    }
}

FOR_EACH_PROCESSOR static void find_green(
    const Space *space, const float *restrict rest, size_t count, int32_t *restrict green) {
    for (size_t i = 0; i < count; i++) green[i] = root_of(space, rest[i] * space->inverse_green);
}

static void scale_chroma(const Space *space, Colors *colors, size_t count) {
    float scale[BLOCK] = {0}, step = 1.0f;
    for (int32_t i = 0; i < space->halvings; i++) {
        step *= 0.5f;
        raise_scale(space, colors, count, step, scale);
    }
    for (size_t i = 0; i < count; i++) {
        colors->a[i] *= scale[i];
        colors->b[i] *= scale[i];
    }
}

/* The functions that write codes of 8 and of 16 bits. */
#define REALIZE(CODE, write_codes, realize_outside, realize)                                       \
    /* Codes of about these roots and of just this luminance, in order or to places. */            \
    static void write_codes(                                                                       \
        const Space *space, const float *luminance, int32_t *red, int32_t *blue, size_t count,     \
        CODE *codes, const size_t *places) {                                                       \
        const CODE *code_of_root = space->code_of_root;                                            \
        float rest[BLOCK];                                                                         \
        int32_t green[BLOCK];                                                                      \
        for (size_t i = 0; i < count; i++) {                                                       \
            red[i] = code_of_root[red[i]];                                                         \
            blue[i] = code_of_root[blue[i]];                                                       \
            rest[i] = luminance[i] - space->luminance_of_red[red[i]];                              \
            rest[i] -= space->luminance_of_blue[blue[i]];                                          \
        }                                                                                          \
        find_green(space, rest, count, green);                                                     \
        for (size_t i = 0; i < count; i++) {                                                       \
            CODE *pixel = codes + 3 * (places ? places[i] : i);                                    \
            pixel[0] = (CODE)red[i];                                                               \
            pixel[1] = code_of_root[green[i]];                                                     \
            pixel[2] = (CODE)blue[i];                                                              \
        }                                                                                          \
    }                                                                                              \
                                                                                                   \
    static void realize_outside(                                                                   \
        const Space *space, Colors *colors, size_t count, CODE *codes, const size_t *places) {     \
        int32_t red[BLOCK], blue[BLOCK], outside[BLOCK];                                           \
        scale_chroma(space, colors, count);                                                        \
        find_roots(                                                                                \
            space, colors->lightness, colors->luminance, colors->a, colors->b, count, red, blue,   \
            outside);                                                                              \
        write_codes(space, colors->luminance, red, blue, count, codes, places);                    \
    }                                                                                              \
                                                                                                   \
    /* Codes (count, 3) of lightness (count) and of a and b (count): `realize`. */                 \
    void realize(                                                                                  \
        const Space *space, const float *lightness, const float *a, const float *b, size_t count,  \
        CODE *codes) {                                                                             \
        float luminance[BLOCK];                                                                    \
        int32_t red[BLOCK], blue[BLOCK], outside[BLOCK];                                           \
        Colors waiting;                                                                            \
        size_t places[BLOCK], number = 0;                                                          \
        for (size_t first = 0; first < count; first += BLOCK) {                                    \
            const float *l = lightness + first, *of_a = a + first, *of_b = b + first;              \
            size_t length = count - first < BLOCK ? count - first : BLOCK;                         \
            find_luminance(space, l, length, luminance);                                           \
            int32_t few =                                                                          \
                find_roots(space, l, luminance, of_a, of_b, length, red, blue, outside);           \
            write_codes(space, luminance, red, blue, length, codes + 3 * first, NULL);             \
            for (size_t i = 0; few && i < length; i++) {                                           \
                if (!outside[i]) continue;                                                         \
                waiting.lightness[number] = l[i];                                                  \
                waiting.luminance[number] = luminance[i];                                          \
                waiting.a[number] = of_a[i];                                                       \
                waiting.b[number] = of_b[i];                                                       \
                places[number++] = first + i;                                                      \
                if (number == BLOCK) {                                                             \
                    realize_outside(space, &waiting, number, codes, places);                       \
                    number = 0;                                                                    \
                }                                                                                  \
            }                                                                                      \
        }                                                                                          \
        realize_outside(space, &waiting, number, codes, places);                                   \
    }

REALIZE(uint8_t, write_codes_8, realize_outside_8, colorize_realize_8)
REALIZE(uint16_t, write_codes_16, realize_outside_16, colorize_realize_16)

/* One row of one channel: `GuidedChroma.rows`. The lines are those of two small rows. */
FOR_EACH_PROCESSOR static void guide_row(
    const float *restrict slope, const float *restrict next_slope, const float *restrict offset,
    const float *restrict next_offset, float share, const float *restrict lightness, size_t width,
    float *restrict result) {
    float rest = 1.0f - share;
    for (size_t i = 0; i < width; i++) {
        float value = (slope[i] * rest + next_slope[i] * share) * lightness[i];
        result[i] = value + (offset[i] * rest + next_offset[i] * share);
    }
}

/* Chroma (channels, rows, width) of lines (channels, height, width), enlarged to the full width.
 * `above` and `below` are the small rows that each row lies between, `share` that of the second. */
void colorize_guide(
    const float *slope, const float *offset, size_t channels, size_t height, size_t width,
    const int64_t *above, const int64_t *below, const float *share, const float *lightness,
    size_t rows, float *chroma) {
    for (size_t channel = 0; channel < channels; channel++) {
        const float *slopes = slope + channel * height * width;
        const float *offsets = offset + channel * height * width;
        for (size_t row = 0; row < rows; row++) {
            size_t first = (size_t)above[row] * width, second = (size_t)below[row] * width;
            guide_row(
                slopes + first, slopes + second, offsets + first, offsets + second, share[row],
                lightness + row * width, width, chroma + (channel * rows + row) * width);
        }
    }
}

/* Weighted sum (width, 4) over rows of gray codes, whose values (4) are in a table. */
#define SUM_ROWS(CODE, sum_rows)                                                                   \
    void sum_rows(                                                                                 \
        const float *table, const CODE *codes, size_t row_length, size_t rows, size_t width,       \
        const float *weights, float *sums) {                                                       \
        for (size_t i = 0; i < 4 * width; i++) sums[i] = 0.0f;                                     \
        for (size_t row = 0; row < rows; row++) {                                                  \
            const CODE *code = codes + row * row_length;                                           \
            for (size_t i = 0; i < width; i++) {                                                   \
                const float *values = table + 4 * (size_t)code[i];                                 \
                for (size_t k = 0; k < 4; k++) sums[4 * i + k] += values[k] * weights[row];        \
            }                                                                                      \
        }                                                                                          \
    }

SUM_ROWS(uint8_t, colorize_sum_rows_8)
SUM_ROWS(uint16_t, colorize_sum_rows_16)
