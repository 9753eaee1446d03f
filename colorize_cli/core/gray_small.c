/* A gray picture made small for the network, and what this is given. See gray_small.h. */
#include <stdlib.h>

#include "gray_small.h"

PAIRWISE_SUM(float, sum_of_floats)
PAIRWISE_SUM(double, sum_of_doubles)

/* Which rows or columns a small one is the mean of, and their weights. */
typedef struct {
    size_t first, count;
    float *weights;
} Mean;

/* `area_means._areas`: the outermost count by the share that is covered. */
static void set_area(Mean *mean, size_t index, size_t length, size_t small, double *overlaps) {
    double start = (double)(index * length) / (double)small;
    double stop = (double)((index + 1) * length) / (double)small;
    size_t behind = (size_t)ceil(stop);
    mean->first = (size_t)start;
    mean->count = (behind < length ? behind : length) - mean->first;
    for (size_t i = 0; i < mean->count; i++) {
        double place = (double)(mean->first + i);
        overlaps[i] = (stop < place + 1 ? stop : place + 1) - (start > place ? start : place);
    }
    double sum = sum_of_doubles(overlaps, mean->count);
    for (size_t i = 0; i < mean->count; i++) mean->weights[i] = (float)(overlaps[i] / sum);
}

/* `area_means._mixtures`: of the two rows that it lies between. */
static void set_mixture(Mean *mean, size_t index, size_t length, size_t large) {
    double place = ((double)index + 0.5) * (double)length / (double)large - 0.5;
    place = WITHIN(place, 0.0, (double)(length - 1));
    size_t last = length > 2 ? length - 2 : 0;
    mean->first = (size_t)place < last ? (size_t)place : last;
    mean->count = length < 2 ? length : 2;
    double share = place - (double)mean->first;
    mean->weights[0] = (float)(1 - share);
    if (mean->count == 2) mean->weights[1] = (float)share;
}

/* All means along a side; one block of memory, which the caller frees. NULL if there is none. */
static Mean *means_of(size_t length, size_t small) {
    size_t most = length / small + 3;
    Mean *means = malloc(small * (sizeof(Mean) + most * sizeof(float)) + most * sizeof(double));
    if (!means) return NULL;
    double *overlaps = (double *)(means + small);
    float *weights = (float *)(overlaps + most);
    for (size_t i = 0; i < small; i++) {
        means[i].weights = weights + i * most;
        if (small <= length)
            set_area(&means[i], i, length, small, overlaps);
        else
            set_mixture(&means[i], i, length, small);
    }
    return means;
}

/* L* of a mean gray in [0, 1], worked out in double precision: `small_picture.lightness_seen`. */
static float lightness_seen(double gray, double epsilon, double kappa) {
    double light = light_of(gray);
    double root = light <= epsilon ? (kappa * light + 16) / 116 : cbrt(light);
    double lightness = 116 * root - 16;
    return (float)WITHIN(lightness, 0.0, 100.0);
}

/* One small row of sums (width, 4) over the rows below it. */
static void narrow_row(
    const float *sums, const Mean *columns, size_t row, const Small *small, double epsilon,
    double kappa, float *grays) {
    for (size_t x = 0; x < small->width; x++) {
        Mean mean = columns[x];
        float lightness = 0, square = 0;
        for (size_t i = 0; i < mean.count; i++) {
            const float *sum = sums + 4 * (mean.first + i);
            lightness += sum[0] * mean.weights[i];
            square += sum[1] * mean.weights[i];
            grays[i] = sum[2] * mean.weights[i];
        }
        float variance = square - lightness * lightness;
        size_t place = row * small->width + x;
        small->lightness[place] = lightness;
        small->variance[place] = variance > 0 ? variance : 0;
        small->seen[place] =
            lightness_seen(sum_of_floats(grays, mean.count), epsilon, kappa);
    }
}

/* The small rows from `first` to before `last`; 0, or -1 if memory is short. `values` are those of
 * each code, `row_length` is in codes. */
#define SHRINK(CODE, sum_rows, shrink)                                                             \
    void sum_rows(                                                                                 \
        const float *values, const CODE *codes, size_t row_length, size_t rows, size_t width,      \
        const float *weights, float *sums);                                                        \
                                                                                                   \
    int32_t shrink(                                                                                \
        const float *values, const CODE *codes, size_t row_length, size_t height, size_t width,    \
        const Small *small, double epsilon, double kappa, size_t first, size_t last) {             \
        Mean *rows = means_of(height, small->height), *columns = means_of(width, small->width);    \
        size_t most = width / small->width + 3;                                                    \
        float *sums = malloc((4 * width + most) * sizeof(float));                                  \
        int32_t is_done = rows && columns && sums;                                                 \
        for (size_t row = first; is_done && row < last; row++) {                                   \
            Mean mean = rows[row];                                                                 \
            const CODE *start = codes + mean.first * row_length;                                   \
            sum_rows(values, start, row_length, mean.count, width, mean.weights, sums);            \
            narrow_row(sums, columns, row, small, epsilon, kappa, sums + 4 * width);               \
        }                                                                                          \
        free(rows);                                                                                \
        free(columns);                                                                             \
        free(sums);                                                                                \
        return is_done ? 0 : -1;                                                                   \
    }

SHRINK(uint8_t, colorize_sum_rows_8, colorize_shrink_8)
SHRINK(uint16_t, colorize_sum_rows_16, colorize_shrink_16)

/* Where a picture that is reflected at its far side has this row or column: numpy.pad. */
static size_t reflected(size_t place, size_t length) {
    if (length == 1) return 0;
    size_t within = place % (2 * (length - 1));
    return within < length ? within : 2 * (length - 1) - within;
}

/* What the network is given, (height, width) of at least the small picture's: `network_input`. */
void colorize_pad(
    const Small *small, float half_range, size_t height, size_t width, float *gray) {
    float scale = 1 / half_range;
    for (size_t y = 0; y < height; y++) {
        const float *row = small->seen + reflected(y, small->height) * small->width;
        for (size_t x = 0; x < width; x++)
            gray[y * width + x] = row[reflected(x, small->width)] * scale - 1.0f;
    }
}
