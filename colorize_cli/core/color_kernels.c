/* The loops over all pixels of a picture, compiled: what gamut.py, chroma.py and small_picture.py
 * do with NumPy, operation by operation in single precision, so that results are equal to the bit.
 *
 * They gain because a few hundred pixels at a time stay in the processor's first cache and in its
 * registers, where NumPy writes every intermediate to memory. `compiled.py` calls them; constants
 * and tables come from there, so that they are written once. What colours a whole gray picture is
 * gray_kernels.c.
 */
#include "color_realizing.h"
#include "guided_row.h"

/* Raised whenever what Python passes changes; compiled_library.py knows the same. */
int32_t colorize_kernels_version(void) { return 4; }

FOR_EACH_PROCESSOR static void find_luminance(
    const Space *space, const float *restrict lightness, size_t count, float *restrict luminance) {
    for (size_t i = 0; i < count; i++) luminance[i] = relative(space, lightness[i]);
}

/* Codes (count, 3) of lightness (count) and of a and b (count): `realize`. */
#define REALIZE_ALL(CODE, realize_block, realize_waiting, realize)                                 \
    void realize(                                                                                  \
        const Space *space, const float *lightness, const float *a, const float *b, size_t count,  \
        CODE *codes) {                                                                             \
        float luminance[BLOCK];                                                                    \
        Waiting waiting;                                                                           \
        waiting.number = 0;                                                                        \
        for (size_t first = 0; first < count; first += BLOCK) {                                    \
            const float *l = lightness + first, *of_a = a + first, *of_b = b + first;              \
            size_t length = count - first < BLOCK ? count - first : BLOCK;                         \
            find_luminance(space, l, length, luminance);                                           \
            realize_block(                                                                         \
                space, l, luminance, of_a, of_b, length, codes, 3, first, &waiting);               \
        }                                                                                          \
        realize_waiting(space, &waiting, codes, 3);                                                \
    }

REALIZE(uint8_t, write_codes_8, realize_waiting_8, realize_block_8)
REALIZE(uint16_t, write_codes_16, realize_waiting_16, realize_block_16)
REALIZE_ALL(uint8_t, realize_block_8, realize_waiting_8, colorize_realize_8)
REALIZE_ALL(uint16_t, realize_block_16, realize_waiting_16, colorize_realize_16)

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
