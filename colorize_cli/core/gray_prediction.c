/* What the network predicts, finished: see gray_small.h. */
#include <stdlib.h>

#include "gray_small.h"

PAIRWISE_SUM(double, sum_of_doubles)

int32_t colorize_all_finite(const float *values, size_t count) {
    size_t odd = 0;
    for (size_t i = 0; i < count; i++) odd += !(fabsf(values[i]) <= 3.40282346638528859812e38f);
    return odd == 0;
}

/* How predictions are finished: the constants of color_cast.py, the range of ab, the strength. */
typedef struct {
    float ab_range, strength;
    float inverse_black, inverse_white;
    double least_evenness, greatest_evenness, rare;
    float darkest, lightest, tint_lost;
} Finish;

static float smooth_step(float value) {
    float t = WITHIN(value, 0.0f, 1.0f);
    return t * t * (3.0f - 2.0f * t);
}

/* The value of a rank among some, which are left with all smaller ones before it (Hoare 1961). */
static double ranked(double *values, size_t count, size_t rank) {
    size_t low = 0, high = count - 1;
    while (low < high) {
        double pivot = values[rank];
        size_t left = low, right = high;
        for (;;) {
            while (values[left] < pivot) left++;
            while (pivot < values[right]) right--;
            if (left <= right) {
                double value = values[left];
                values[left++] = values[right];
                values[right] = value;
                if (right == 0) break;
                right--;
            }
            if (left > right) break;
        }
        if (right < rank) low = left;
        if (rank < left) high = right;
    }
    return values[rank];
}

/* `color_cast._quantile`. */
static double quantile(double *values, size_t count, double share) {
    double place = share * (double)(count - 1);
    size_t below = (size_t)place;
    double low = ranked(values, count, below), high = low;
    for (size_t i = below + 1; i < count; i++)
        if (i == below + 1 || values[i] < high) high = values[i];
    double weight = place - (double)below, step = high - low;
    return weight < 0.5 ? low + step * weight : high - step * (1 - weight);
}

/* `color_cast.evenness`; `scratch` holds three numbers a pixel. */
static double evenness(
    const float *ab, const float *lightness, size_t count, const Finish *finish, double *scratch) {
    double *of_a = scratch, *of_b = scratch + count, *chroma = scratch + 2 * count;
    size_t number = 0;
    for (size_t i = 0; i < count; i++) {
        if (!(lightness[i] > finish->darkest && lightness[i] < finish->lightest)) continue;
        of_a[number] = ab[i];
        of_b[number] = ab[count + i];
        chroma[number++] = hypotf(ab[i], ab[count + i]);
    }
    if (number == 0) return 0;
    double a = sum_of_doubles(of_a, number) / (double)number;
    double b = sum_of_doubles(of_b, number) / (double)number;
    double scale = hypot(a, b) * (sum_of_doubles(chroma, number) / (double)number);
    if (scale <= 1.17549435082228750797e-38) return 0;
    for (size_t i = 0; i < number; i++) chroma[i] = a * of_a[i] + b * of_b[i];
    return quantile(chroma, number, finish->rare) / scale;
}

/* Finished ab (2, small) of a prediction (2, height, width): 0, or -1 if memory is short, or 1 if
 * something in it is no number. `pipeline.predicted_ab` and `_finished`. */
int32_t colorize_finish(
    const Small *small, const float *color, size_t height, size_t width, const Finish *finish,
    float *ab) {
    if (!colorize_all_finite(color, 2 * height * width)) return 1;
    size_t count = small->height * small->width;
    double *scratch = malloc(3 * count * sizeof(double));
    if (!scratch) return -1;
    for (size_t i = 0; i < count; i++) {
        size_t place = i / small->width * width + i % small->width;
        float from_black = smooth_step(small->seen[i] * finish->inverse_black);
        float from_white = smooth_step((100.0f - small->seen[i]) * finish->inverse_white);
        float kept = from_black * from_white;
        ab[i] = color[place] * finish->ab_range * kept;
        ab[count + i] = color[height * width + place] * finish->ab_range * kept;
    }
    double even = evenness(ab, small->seen, count, finish, scratch);
    free(scratch);
    double span = finish->greatest_evenness - finish->least_evenness;
    float tint = smooth_step((float)((even - finish->least_evenness) / span));
    float left = 1.0f - finish->tint_lost * tint;
    for (size_t i = 0; i < 2 * count; i++) {
        if (tint != 0.0f) ab[i] *= left;
        ab[i] *= finish->strength;
    }
    return 0;
}
