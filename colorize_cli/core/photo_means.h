/* What photo_kernels.c and photo_probe.c share: means over areas as Pillow's Image.resize takes
 * them with BOX, whose weights are equal, so that whole numbers are summed up and rounded once.
 */
#ifndef PHOTO_MEANS_H
#define PHOTO_MEANS_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* The loader picks the widest vectors that the processor has. */
#if defined(__x86_64__) && defined(__GLIBC__) && defined(__GNUC__) && !defined(__clang__)
#define FOR_EACH_PROCESSOR __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define FOR_EACH_PROCESSOR
#endif

enum { PROBE = 64, PRECISION = 22, HALF = 1 << (PRECISION - 1) };

/* A pixel of Pillow's is read as one number, whose lowest byte is red. */
#define IS_USABLE (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__)

/* The channels of a pixel, each with room for a sum; and as they are, of four pixels. */
typedef uint32_t Four __attribute__((vector_size(16)));
typedef uint8_t Codes __attribute__((vector_size(16)));

/* Bytes of two vectors, those of the second counted from 16. */
#ifdef __clang__
#define SHUFFLED(one, other, ...) __builtin_shufflevector(one, other, __VA_ARGS__)
#else
#define SHUFFLED(one, other, ...) __builtin_shuffle(one, other, (Codes){__VA_ARGS__})
#endif

/* Which pixels are averaged, and the weight of each in units of 2^-22. */
typedef struct {
    uint32_t first, count, weight;
} Mean;

/* Which of `length` pixels, from `start` on `side` of them, each of `small` ones is the mean of:
 * those whose middle lies in it. Operation by operation as Pillow's Resample.c does
 * (precompute_coeffs with box_filter, normalize_coeffs_8bpc). */
static inline void set_means(Mean *means, size_t start, size_t side, size_t length, size_t small) {
    double scale = (double)side / (double)small, filter = scale < 1.0 ? 1.0 : scale;
    double support = 0.5 * filter, inverse = 1.0 / filter;
    for (size_t i = 0; i < small; i++) {
        double center = (double)start + ((double)i + 0.5) * scale;
        int64_t least = (int64_t)(center - support + 0.5), most = (int64_t)(center + support + 0.5);
        if (least < 0) least = 0;
        if (most > (int64_t)length) most = (int64_t)length;
        Mean mean = {0, 0, 0};
        for (int64_t x = least; x < most; x++) {
            double place = ((double)x - center + 0.5) * inverse;
            if (!(place > -0.5 && place <= 0.5)) continue;
            if (!mean.count) mean.first = (uint32_t)x;
            mean.count++;
        }
        double weight = mean.count ? 1.0 / (double)mean.count : 0.0;
        mean.weight = (uint32_t)(0.5 + weight * (1 << PRECISION));
        means[i] = mean;
    }
}

static inline uint8_t mean_of(uint32_t sum, uint32_t weight) {
    return (uint8_t)((weight * sum + HALF) >> PRECISION);
}

/* Average rows (rows, length), the first of which is counted as `top`, to (small, length). */
FOR_EACH_PROCESSOR static inline void average_rows(
    const uint8_t *restrict rows, size_t top, const Mean *restrict means, size_t small,
    size_t length, uint32_t *restrict sums, uint8_t *restrict result) {
    for (size_t i = 0; i < small; i++) {
        const uint8_t *row = rows + (means[i].first - top) * length;
        for (size_t c = 0; c < length; c++) sums[c] = row[c];
        for (uint32_t y = 1; y < means[i].count; y++)
            for (size_t c = 0; c < length; c++) sums[c] += row[y * length + c];
        for (size_t c = 0; c < length; c++)
            result[i * length + c] = mean_of(sums[c], means[i].weight);
    }
}

#endif
