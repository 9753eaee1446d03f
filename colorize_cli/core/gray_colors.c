/* Colours of a gray picture at full size, and the tables that they need: see gray_small.h. */
#include "color_realizing.h"
#include "gray_lines.h"
#include "guided_row.h"

REALIZE(uint8_t, write_codes_8, realize_waiting_8, realize_block_8)
REALIZE(uint16_t, write_codes_16, realize_waiting_16, realize_block_16)

/* The sRGB curve in double precision: `gamut._curve`. */
static double code_of(double light) {
    return light <= 0.0031308 ? light * 12.92 : 1.055 * pow(light, 1 / 2.4) - 0.055;
}

/* Tables of 8 bits: `code_tables` and `lightness_of_grays`. A gray's values are L*, its square, the
 * code in [0, 1] and the luminance that belongs to L*. */
void colorize_tables(
    const Space *space, double epsilon, double kappa, float red, float blue, uint8_t *code_of_root,
    float *luminance_of_red, float *luminance_of_blue, float *values) {
    double last = space->last_root;
    for (int32_t i = 0; i <= space->last_root; i++) {
        double root = i / last;
        code_of_root[i] = (uint8_t)rint(code_of(root * root) * 255);
    }
    for (int32_t code = 0; code < 256; code++) {
        float light = (float)light_of(code / 255.0);
        luminance_of_red[code] = red * light;
        luminance_of_blue[code] = blue * light;
        float root = light <= (float)epsilon ? light * (float)(kappa / 116) + (float)(16.0 / 116)
                                             : (float)cbrt(light);
        float lightness = 116.0f * root - 16.0f;
        lightness = WITHIN(lightness, 0.0f, 100.0f);
        float *of_gray = values + 4 * code;
        of_gray[0] = lightness;
        of_gray[1] = lightness * lightness;
        of_gray[2] = (float)code / 255.0f;
        of_gray[3] = relative(space, lightness);
    }
}

/* Lines at full width, for a picture of that size. */
typedef struct {
    size_t small_height, height, width;
    const float *slopes, *offsets;
} Lines;

static void guide_channel(
    const Lines *lines, size_t channel, Between rows, size_t column, const float *lightness,
    size_t count, float *result) {
    size_t start = channel * lines->small_height;
    size_t first = (start + rows.first) * lines->width + column;
    size_t second = (start + rows.second) * lines->width + column;
    guide_row(
        lines->slopes + first, lines->slopes + second, lines->offsets + first,
        lines->offsets + second, rows.share, lightness, count, result);
}

/* Colours of the rows from `first` to before `last`, `step` codes a pixel, without gaps. `colors`
 * is where the first of these rows begins. */
#define PAINT(CODE, realize_block, realize_waiting, paint)                                         \
    void paint(                                                                                    \
        const Space *space, const float *values, const Lines *lines, const CODE *codes,            \
        size_t row_length, size_t first, size_t last, CODE *colors, size_t step) {                 \
        float lightness[BLOCK], luminance[BLOCK], a[BLOCK], b[BLOCK];                              \
        Waiting waiting;                                                                           \
        waiting.number = 0;                                                                        \
        for (size_t row = first; row < last; row++) {                                              \
            Between rows = between(row, lines->small_height, lines->height);                       \
            for (size_t column = 0; column < lines->width; column += BLOCK) {                      \
                size_t rest = lines->width - column, count = rest < BLOCK ? rest : BLOCK;          \
                const CODE *code = codes + row * row_length + column;                              \
                for (size_t i = 0; i < count; i++) {                                               \
                    lightness[i] = values[4 * (size_t)code[i]];                                    \
                    luminance[i] = values[4 * (size_t)code[i] + 3];                                \
                }                                                                                  \
                guide_channel(lines, 0, rows, column, lightness, count, a);                        \
                guide_channel(lines, 1, rows, column, lightness, count, b);                        \
                realize_block(                                                                     \
                    space, lightness, luminance, a, b, count, colors, step,                        \
                    (row - first) * lines->width + column, &waiting);                              \
            }                                                                                      \
        }                                                                                          \
        realize_waiting(space, &waiting, colors, step);                                            \
    }

PAINT(uint8_t, realize_block_8, realize_waiting_8, colorize_paint_8)
PAINT(uint16_t, realize_block_16, realize_waiting_16, colorize_paint_16)
