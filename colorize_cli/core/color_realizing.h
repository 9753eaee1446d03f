/* Lightness and chroma to code values: what `gamut.py` does with NumPy, for whoever has a few
 * hundred pixels at a time. In single precision, operation by operation, so that results are equal
 * to the bit; hatch_build.py keeps the compiler from joining products and sums.
 */
#ifndef COLOR_REALIZING_H
#define COLOR_REALIZING_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>

/* The loader picks the widest vectors that the processor has. */
#if defined(__x86_64__) && defined(__GLIBC__) && defined(__GNUC__) && !defined(__clang__)
#define FOR_EACH_PROCESSOR __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define FOR_EACH_PROCESSOR
#endif

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

/* Colours that sRGB cannot show, of several blocks, and which pixels they are. */
typedef struct {
    Colors colors;
    size_t places[BLOCK], number;
} Waiting;

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

/* The functions that write codes of 8 or of 16 bits; `step` is how many make a pixel, 3 or more. */
#define REALIZE(CODE, write_codes, realize_waiting, realize_block)                                 \
    /* Codes of about these roots and of just this luminance, in order or to places. */            \
    static void write_codes(                                                                       \
        const Space *space, const float *luminance, int32_t *red, int32_t *blue, size_t count,     \
        CODE *codes, size_t step, const size_t *places) {                                          \
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
            CODE *pixel = codes + step * (places ? places[i] : i);                                 \
            pixel[0] = (CODE)red[i];                                                               \
            pixel[1] = code_of_root[green[i]];                                                     \
            pixel[2] = (CODE)blue[i];                                                              \
        }                                                                                          \
    }                                                                                              \
                                                                                                   \
    /* Codes of the colours that wait, with less chroma; then none waits. */                       \
    static void realize_waiting(                                                                   \
        const Space *space, Waiting *waiting, CODE *codes, size_t step) {                          \
        int32_t red[BLOCK], blue[BLOCK], outside[BLOCK];                                           \
        Colors *colors = &waiting->colors;                                                         \
        size_t count = waiting->number;                                                            \
        if (!count) return;                                                                        \
        scale_chroma(space, colors, count);                                                        \
        find_roots(                                                                                \
            space, colors->lightness, colors->luminance, colors->a, colors->b, count, red, blue,   \
            outside);                                                                              \
        write_codes(space, colors->luminance, red, blue, count, codes, step, waiting->places);     \
        waiting->number = 0;                                                                       \
    }                                                                                              \
                                                                                                   \
    /* Codes of at most BLOCK colours from the pixel `first` on; those out of gamut wait. */       \
    static void realize_block(                                                                     \
        const Space *space, const float *lightness, const float *luminance, const float *a,        \
        const float *b, size_t count, CODE *codes, size_t step, size_t first, Waiting *waiting) {  \
        int32_t red[BLOCK], blue[BLOCK], outside[BLOCK];                                           \
        int32_t few = find_roots(space, lightness, luminance, a, b, count, red, blue, outside);    \
        write_codes(space, luminance, red, blue, count, codes + step * first, step, NULL);         \
        for (size_t i = 0; few && i < count; i++) {                                                \
            if (!outside[i]) continue;                                                             \
            Colors *colors = &waiting->colors;                                                     \
            size_t next = waiting->number++;                                                       \
            colors->lightness[next] = lightness[i];                                                \
            colors->luminance[next] = luminance[i];                                                \
            colors->a[next] = a[i];                                                                \
            colors->b[next] = b[i];                                                                \
            waiting->places[next] = first + i;                                                     \
            if (waiting->number == BLOCK) realize_waiting(space, waiting, codes, step);            \
        }                                                                                          \
    }

#endif
