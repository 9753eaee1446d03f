/* Lines of colour over lightness, applied to a row. */
#ifndef GUIDED_ROW_H
#define GUIDED_ROW_H

#include "color_realizing.h"

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

#endif
