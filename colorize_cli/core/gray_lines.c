/* Small colours to lines of colour over lightness, at full width: see gray_small.h. */
#include <stdlib.h>

#include "gray_lines.h"

/* Means over windows of `2 * radius + 1`, cut off at the borders, along columns or along rows of
 * (height, width): `chroma._line_mean`. `sums` holds one line and one more. */
static void line_means(
    double *values, size_t lines, size_t line_step, size_t length, size_t step, size_t radius,
    double *sums) {
    sums[0] = 0;
    for (size_t line = 0; line < lines; line++) {
        double *start = values + line * line_step;
        sums[1] = start[0];
        for (size_t i = 1; i < length; i++) sums[i + 1] = sums[i] + start[i * step];
        for (size_t i = 0; i < length; i++) {
            size_t stop = i + radius + 1 < length ? i + radius + 1 : length;
            size_t begin = i > radius ? i - radius : 0;
            start[i * step] = (sums[stop] - sums[begin]) / (double)(stop - begin);
        }
    }
}

static void window_means(const Small *small, size_t radius, double *values, double *sums) {
    line_means(values, small->height, small->width, small->width, 1, radius, sums);
    line_means(values, small->width, 1, small->height, small->width, radius, sums);
}

/* The least of a pixel and of those around it: `chroma._lowest_nearby`. */
static float lowest_nearby(const Small *small, size_t y, size_t x) {
    size_t bottom = y + 1 < small->height ? y + 1 : y, right = x + 1 < small->width ? x + 1 : x;
    float lowest = small->variance[y * small->width + x];
    for (size_t row = y ? y - 1 : 0; row <= bottom; row++)
        for (size_t column = x ? x - 1 : 0; column <= right; column++) {
            float value = small->variance[row * small->width + column];
            lowest = value < lowest ? value : lowest;
        }
    return lowest;
}

/* Small rows (rows, small width) to full width: `chroma._enlarged_columns`. */
static void enlarge_columns(
    const float *values, size_t rows, size_t length, size_t width, float *wide) {
    for (size_t x = 0; x < width; x++) {
        Between place = between(x, length, width);
        float rest = 1.0f - place.share;
        for (size_t row = 0; row < rows; row++) {
            const float *line = values + row * length;
            wide[row * width + x] = line[place.first] * rest + line[place.second] * place.share;
        }
    }
}

/* How windows count: the constants of chroma.py. */
typedef struct {
    size_t radius;
    float epsilon, grain_weight;
} Windows;

/* Slopes of ab over lightness, (2, small): `chroma._slopes`. `scratch` holds five planes. */
static void find_slopes(
    const Small *small, const float *ab, const Windows *windows, double *scratch, double *sums,
    float *slope) {
    size_t count = small->height * small->width, radius = windows->radius;
    double *mean = scratch, *weight = mean + count, *mean_ab = weight + count;
    double *covariance = mean_ab + count;
    for (size_t i = 0; i < count; i++) {
        double lightness = small->lightness[i];
        mean[i] = lightness;
        weight[i] = lightness * lightness;
    }
    window_means(small, radius, mean, sums);
    window_means(small, radius, weight, sums);
    for (size_t i = 0; i < count; i++) {
        double variance = weight[i] - mean[i] * mean[i];
        float grain = windows->grain_weight *
                      lowest_nearby(small, i / small->width, i % small->width);
        weight[i] = (variance > 0 ? variance : 0) + (double)(windows->epsilon + grain);
    }
    window_means(small, radius, weight, sums);
    for (size_t channel = 0; channel < 2; channel++) {
        const float *values = ab + channel * count;
        for (size_t i = 0; i < count; i++) {
            mean_ab[i] = values[i];
            covariance[i] = (double)values[i] * (double)small->lightness[i];
        }
        window_means(small, radius, mean_ab, sums);
        window_means(small, radius, covariance, sums);
        for (size_t i = 0; i < count; i++) covariance[i] -= mean_ab[i] * mean[i];
        window_means(small, radius, covariance, sums);
        for (size_t i = 0; i < count; i++)
            slope[channel * count + i] = (float)(covariance[i] / weight[i]);
    }
}

/* Lines of ab over lightness at full width, slopes and offsets (2, small height, width) each:
 * `chroma.guide`. 0, or -1 if memory is short. */
int32_t colorize_lines(
    const Small *small, const float *ab, const Windows *windows, size_t width, float *slopes,
    float *offsets) {
    size_t count = small->height * small->width, rows = 2 * small->height;
    size_t longest = small->height > small->width ? small->height : small->width;
    double *scratch = malloc((4 * count + longest + 1) * sizeof(double));
    float *lines = malloc(4 * count * sizeof(float));
    int32_t is_done = scratch && lines;
    if (is_done) {
        float *slope = lines, *offset = lines + 2 * count;
        find_slopes(small, ab, windows, scratch, scratch + 4 * count, slope);
        for (size_t i = 0; i < 2 * count; i++)
            offset[i] = ab[i] - slope[i] * small->lightness[i % count];
        enlarge_columns(slope, rows, small->width, width, slopes);
        enlarge_columns(offset, rows, small->width, width, offsets);
    }
    free(scratch);
    free(lines);
    return is_done ? 0 : -1;
}
