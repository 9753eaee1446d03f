/* What the probe of a photo tells, the square of 64 x 64 pixels that photo_kernels.c makes: what
 * photo_measures.py and own_color.py find with Pillow and NumPy, equal to the bit; and which of
 * many photos is near by what they told, as duplicates.py finds. `photo_loops.py` calls both.
 */
#include "photo_means.h"

enum { COARSE = 8, FINE = 16, LUMAS = 256, PIXELS = PROBE * PROBE };

/* What becomes of a probe: see `photo_hashes.Measures`. */
typedef struct {
    uint8_t coarse[COARSE * COARSE / 8], fine[FINE * FINE / 8], colors[COARSE * COARSE * 3];
    uint8_t is_neutral, is_colorful;
} Result;

/* The probe averaged further: (height, width, 3), 17 x 16 at most. */
static void shrink_probe(const uint8_t *probe, size_t width, size_t height, uint8_t *result) {
    Mean columns[FINE + 1], rows[FINE];
    uint8_t narrow[PROBE * (FINE + 1) * 3];
    uint32_t sums[(FINE + 1) * 3];
    set_means(columns, 0, PROBE, PROBE, width);
    set_means(rows, 0, PROBE, PROBE, height);
    for (size_t y = 0; y < PROBE; y++) {
        for (size_t i = 0; i < width; i++) {
            const uint8_t *pixels = probe + (y * PROBE + columns[i].first) * 3;
            uint32_t red = 0, green = 0, blue = 0;
            for (uint32_t x = 0; x < columns[i].count; x++, pixels += 3)
                red += pixels[0], green += pixels[1], blue += pixels[2];
            sums[3 * i] = red, sums[3 * i + 1] = green, sums[3 * i + 2] = blue;
        }
        for (size_t i = 0; i < 3 * width; i++)
            narrow[y * width * 3 + i] = mean_of(sums[i], columns[i / 3].weight);
    }
    average_rows(narrow, 0, rows, height, width * 3, sums, result);
}

/* One bit for each of cells x cells places: `photo_measures.difference_hash`. */
static void hash_differences(const uint8_t *probe, size_t cells, uint8_t *bits) {
    uint8_t small[FINE * (FINE + 1) * 3];
    int32_t luma[FINE * (FINE + 1)];
    shrink_probe(probe, cells + 1, cells, small);
    for (size_t i = 0; i < cells * (cells + 1); i++)
        luma[i] = 299 * small[3 * i] + 587 * small[3 * i + 1] + 114 * small[3 * i + 2];
    memset(bits, 0, cells * cells / 8);
    for (size_t i = 0; i < cells * cells; i++) {
        const int32_t *left = luma + i / cells * (cells + 1) + i % cells;
        bits[i / 8] |= (uint8_t)((left[1] > left[0]) << (7 - i % 8));
    }
}

static uint8_t is_neutral(const uint8_t *probe) {
    uint8_t difference = 0;
    for (size_t i = 0; i < PIXELS; i++) {
        const uint8_t *pixel = probe + 3 * i;
        difference |= (uint8_t)((pixel[0] ^ pixel[1]) | (pixel[1] ^ pixel[2]));
    }
    return !difference;
}

/* Shares of red, green and blue in Y, Cb and Cr in units of 2^-6: as Pillow's ConvertYCbCr.c has
 * them in tables, (3, 3, 256), rounded towards zero once a half was added. */
void colorize_photo_shares(int16_t *shares) {
    static const double of_channel[9] = {0.29900, 0.58700,  0.11400, -0.16874, -0.33126,
                                         0.50000, 0.50000, -0.41869, -0.08131};
    for (size_t k = 0; k < 9; k++)
        for (int32_t code = 0; code < LUMAS; code++)
            shares[k * LUMAS + (size_t)code] = (int16_t)(of_channel[k] * code * 64 + 0.5);
}

static inline int32_t share_sum(const int16_t *shares, const uint8_t *pixel) {
    return (shares[pixel[0]] + shares[LUMAS + pixel[1]] + shares[2 * LUMAS + pixel[2]]) >> 6;
}

/* Luma of each pixel, and for each luma how many pixels have it and the sums of their Cb and Cr:
 * all three in one number, 16, 24 and 24 bits of it, of every second pixel apart, since adding to
 * the same place again has to wait. */
static void sum_chroma(
    const uint8_t *probe, const int16_t *shares, uint8_t *luma, uint8_t *chroma, uint64_t *sums) {
    uint64_t halves[2][LUMAS] = {{0}};
    for (size_t i = 0; i < PIXELS; i++) {
        const uint8_t *pixel = probe + 3 * i;
        luma[i] = (uint8_t)share_sum(shares, pixel);
        uint64_t blue = (uint8_t)(share_sum(shares + 3 * LUMAS, pixel) + 128);
        uint64_t red = (uint8_t)(share_sum(shares + 6 * LUMAS, pixel) + 128);
        chroma[i] = (uint8_t)blue, chroma[PIXELS + i] = (uint8_t)red;
        halves[i % 2][luma[i]] += 1 | blue << 16 | red << 40;
    }
    for (size_t i = 0; i < LUMAS; i++) sums[i] = halves[0][i] + halves[1][i];
}

/* Cb and Cr (2, 64, 64) less the mean of all pixels of the same luma: `own_color._beyond_tint`. */
static void find_beyond_tint(const uint8_t *probe, const int16_t *shares, double *beyond) {
    uint8_t luma[PIXELS], chroma[2 * PIXELS];
    uint64_t sums[LUMAS];
    double tints[2][LUMAS];
    sum_chroma(probe, shares, luma, chroma, sums);
    for (size_t i = 0; i < LUMAS; i++) {
        double count = sums[i] ? (double)(sums[i] & 0xffff) : 1.0;
        tints[0][i] = (double)(sums[i] >> 16 & 0xffffff) / count;
        tints[1][i] = (double)(sums[i] >> 40) / count;
    }
    for (size_t k = 0; k < 2; k++)
        for (size_t i = 0; i < PIXELS; i++)
            beyond[k * PIXELS + i] = (double)chroma[k * PIXELS + i] - tints[k][luma[i]];
}

/* Means of cells x cells squares, in the order of NumPy's sums: `own_color._cell_means`. */
static void average_cells(const double *beyond, size_t cells, double *means) {
    size_t width = PROBE / cells;
    for (size_t i = 0; i < cells * cells; i++) {
        const double *cell = beyond + i / cells * width * PROBE + i % cells * width;
        double sum = 0.0;
        for (size_t y = 0; y < width; y++) {
            const double *x = cell + y * PROBE;
            if (width == 8)
                sum += ((x[0] + x[1]) + (x[2] + x[3])) + ((x[4] + x[5]) + (x[6] + x[7]));
            else
                sum += ((x[0] + x[1]) + x[2]) + x[3];
        }
        means[i] = sum / (double)(width * width);
    }
}

/* Mean of 64 squares, in the order of NumPy's sum of what lies side by side. */
static double mean_square(const double *values) {
    double sums[8];
    for (size_t i = 0; i < 8; i++) sums[i] = values[i] * values[i];
    for (size_t i = 8; i < 64; i++) sums[i % 8] += values[i] * values[i];
    double sum = ((sums[0] + sums[1]) + (sums[2] + sums[3])) +
                 ((sums[4] + sums[5]) + (sums[6] + sums[7]));
    return sum / 64.0;
}

/* `own_color.is_colorful`. */
static uint8_t is_colorful(const uint8_t *probe, const int16_t *shares, double rms, double peak) {
    double beyond[2][PIXELS], means[2][FINE * FINE], chroma[COARSE * COARSE];
    find_beyond_tint(probe, shares, beyond[0]);
    for (size_t k = 0; k < 2; k++) average_cells(beyond[k], COARSE, means[k]);
    for (size_t i = 0; i < COARSE * COARSE; i++) chroma[i] = hypot(means[0][i], means[1][i]);
    if (sqrt(mean_square(chroma)) >= rms) return 1;
    for (size_t k = 0; k < 2; k++) average_cells(beyond[k], FINE, means[k]);
    for (size_t i = 0; i < FINE * FINE; i++)
        if (hypot(means[0][i], means[1][i]) >= peak) return 1;
    return 0;
}

/* Judge a probe (64, 64, 3). `shares` are those of `colorize_photo_shares`, `rms` and `peak` the
 * limits of `own_color`. */
void colorize_photo_judge(
    const uint8_t *probe, const int16_t *shares, double rms, double peak, Result *result) {
    hash_differences(probe, COARSE, result->coarse);
    hash_differences(probe, FINE, result->fine);
    shrink_probe(probe, COARSE, COARSE, result->colors);
    result->is_neutral = is_neutral(probe);
    result->is_colorful = is_colorful(probe, shares, rms, peak);
}

static inline uint32_t differing_bits(const uint64_t *one, const uint64_t *other, size_t words) {
    uint32_t count = 0;
    for (size_t i = 0; i < words; i++)
        count += (uint32_t)__builtin_popcountll(one[i] ^ other[i]);
    return count;
}

static uint32_t difference_of_colors(const uint8_t *one, const uint8_t *other) {
    uint32_t sum = 0;
    for (size_t i = 0; i < 192; i++)
        sum += (uint32_t)(one[i] < other[i] ? other[i] - one[i] : one[i] - other[i]);
    return sum;
}

/* The first of those nearest by the fine hash, within all distances; -1 where there is none:
 * `duplicates._NearIndex`. Hashes are (count, 8), (count, 32) and (count, 192) bytes. */
FOR_EACH_PROCESSOR int64_t colorize_photo_nearest(
    const uint64_t *coarse, const uint64_t *fine, const uint8_t *colors, size_t count,
    const uint64_t *wanted_coarse, const uint64_t *wanted_fine, const uint8_t *wanted_colors,
    uint32_t most_coarse, uint32_t most_fine, uint32_t most_color) {
    int64_t nearest = -1;
    uint32_t limit = most_fine + 1;
    for (size_t i = 0; i < count; i++) {
        if (differing_bits(coarse + i, wanted_coarse, 1) > most_coarse) continue;
        uint32_t distance = differing_bits(fine + 4 * i, wanted_fine, 4);
        if (distance >= limit) continue;
        if (difference_of_colors(colors + 192 * i, wanted_colors) > most_color) continue;
        nearest = (int64_t)i, limit = distance;
    }
    return nearest;
}
