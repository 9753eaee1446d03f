/* Rows of samples as PNG has them: `png_encoding._filtered`. */
#include <stdint.h>
#include <stdlib.h>

#include "color_realizing.h"

static inline int16_t distance(int16_t value) { return value < 0 ? (int16_t)-value : value; }

/* Bytes less what Paeth's filter expects of those to the left, above and both (PNG 9.4). */
FOR_EACH_PROCESSOR static void filter_row(
    const uint8_t *restrict samples, const uint8_t *restrict left, const uint8_t *restrict above,
    const uint8_t *restrict corner, size_t length, uint8_t *restrict filtered) {
    for (size_t i = 0; i < length; i++) {
        int16_t a = left[i], b = above[i], c = corner[i];
        int16_t to_left = distance((int16_t)(b - c)), to_above = distance((int16_t)(a - c));
        int16_t to_corner = distance((int16_t)(a + b - 2 * c));
        int16_t other = to_above <= to_corner ? b : c;
        int16_t nearest = (to_left <= to_above) & (to_left <= to_corner) ? a : other;
        filtered[i] = (uint8_t)(samples[i] - nearest);
    }
}

/* Rows of `length` bytes, each filtered behind the number of Paeth's filter. `pixel` is the bytes of
 * one. Left of the first pixel there are zeros, and above the first row of a picture. 0, or -1
 * if memory is short. */
int32_t colorize_filter_rows(
    const uint8_t *rows, size_t length, size_t count, size_t pixel, int32_t has_above,
    uint8_t *filtered) {
    uint8_t *zeros = calloc(length, 1);
    if (!zeros) return -1;
    for (size_t row = 0; row < count; row++) {
        const uint8_t *samples = rows + row * length;
        const uint8_t *above = row || has_above ? samples - length : zeros;
        uint8_t *line = filtered + row * (length + 1);
        *line++ = 4;
        filter_row(samples, zeros, above, zeros, pixel, line);
        filter_row(
            samples + pixel, samples, above + pixel, above, length - pixel, line + pixel);
    }
    free(zeros);
    return 0;
}
