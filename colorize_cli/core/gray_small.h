/* What the files that colour a whole gray picture share: its small form, sums, and the sRGB curve.
 *
 * gray_small.c makes it small for the network, gray_prediction.c finishes what that predicts,
 * gray_lines.c makes lines of colour over lightness of it, and gray_colors.c the colours at full
 * size: what small_picture.py, color_cast.py, chroma.py and gamut.py do with NumPy, in the same order
 * and precision, so that results are equal to the bit. `gray_coloring.py` calls them, without
 * NumPy; constants come from there.
 */
#ifndef GRAY_SMALL_H
#define GRAY_SMALL_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>

#define WITHIN(value, low, high) ((value) < (low) ? (low) : (value) > (high) ? (high) : (value))

/* What small pixels are the means of: planes (height, width). */
typedef struct {
    size_t height, width;
    float *lightness, *variance, *seen;
} Small;

/* The sRGB curve (IEC 61966-2-1) undone, in double precision: `gamut._linear`. */
static inline double light_of(double code) {
    return code <= 0.04045 ? code / 12.92 : pow((code + 0.055) / 1.055, 2.4);
}

/* Sums in the order in which NumPy adds up what lies side by side (its `pairwise_sum`). */
#define PAIRWISE_SUM(TYPE, pairwise_sum)                                                           \
    static TYPE pairwise_sum(const TYPE *values, size_t count) {                                   \
        if (count > 128) {                                                                         \
            size_t half = count / 2 - count / 2 % 8;                                               \
            return pairwise_sum(values, half) + pairwise_sum(values + half, count - half);         \
        }                                                                                          \
        TYPE sum = 0;                                                                              \
        size_t next = 0;                                                                           \
        if (count >= 8) {                                                                          \
            TYPE sums[8];                                                                          \
            for (; next < 8; next++) sums[next] = values[next];                                    \
            for (; next < count - count % 8; next++) sums[next % 8] += values[next];               \
            sum = ((sums[0] + sums[1]) + (sums[2] + sums[3])) +                                    \
                  ((sums[4] + sums[5]) + (sums[6] + sums[7]));                                     \
        }                                                                                          \
        for (; next < count; next++) sum += values[next];                                          \
        return sum;                                                                                \
    }

#endif
