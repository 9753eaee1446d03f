/* The pixels of a photo packed, and averaged to small squares, in one pass: what photo_measures.py
 * does with Pillow, equal to the bit. `photo_loops.py` calls it; photo_probe.c goes on.
 *
 * Pillow passes over a whole photo for each picture that it is averaged to, and packs it once more
 * for its hash; here a few rows at a time are worked on, while they are in the processor's own
 * cache.
 */
#include "photo_means.h"

/* Raised whenever what Python passes changes; photo_loops.py knows the same. 0: not to be used. */
int32_t colorize_photo_version(void) { return IS_USABLE ? 1 : 0; }

/* A photo, the size it is averaged to (0: only to the probe's), and memory to work in. */
typedef struct {
    size_t width, height, size;
    uint8_t *memory;
} Photo;

/* The central square being averaged to size x size pixels, in Pillow's order: rows first where the
 * height shrinks by more than twice what the width does (its Resample.c, since Pillow 13).
 *
 * `kept` are rows (side, size) that were averaged along themselves; `averaged` are those that are
 * done (size, size), of which the next is `done`; `sums` are of rows, channel by channel. */
typedef struct {
    size_t side, left, top, size, is_rows_first, done;
    Mean *columns, *rows;
    uint32_t *sums, *row, *kept, *averaged;
} Square;

/* What lies at the beginning of a photo's memory. */
typedef struct {
    Square small, probe;
    Four *totals;
} Plan;

static size_t side_of(const Photo *photo) {
    return photo->width < photo->height ? photo->width : photo->height;
}

static size_t rounded(size_t bytes) { return (bytes + 63) / 64 * 64; }

static size_t longer(size_t one, size_t other) { return one < other ? other : one; }

/* Bytes in which a square of a photo is worked on. */
static size_t square_memory(const Photo *photo, size_t size) {
    size_t side = side_of(photo), pixel = sizeof(uint32_t);
    return 2 * rounded(size * sizeof(Mean)) + rounded(longer(side, size) * sizeof(Four)) +
           rounded(side * pixel) + rounded(side * size * pixel) + rounded(size * size * pixel);
}

/* Bytes that `Photo.memory` has to have. */
size_t colorize_photo_memory(const Photo *photo) {
    return 64 + rounded(sizeof(Plan)) + rounded((side_of(photo) + 1) * sizeof(Four)) +
           square_memory(photo, photo->size) + square_memory(photo, PROBE);
}

static void *taken(uint8_t **memory, size_t bytes) {
    void *place = *memory;
    *memory += rounded(bytes);
    return place;
}

static void begin_square(const Photo *photo, size_t size, uint8_t **memory, Square *square) {
    size_t side = side_of(photo);
    square->side = side, square->size = size, square->done = 0;
    square->left = (photo->width - side) / 2, square->top = (photo->height - side) / 2;
    square->is_rows_first = side > size && photo->height + size > 2 * photo->width;
    square->columns = taken(memory, size * sizeof(Mean));
    square->rows = taken(memory, size * sizeof(Mean));
    square->sums = taken(memory, longer(side, size) * sizeof(Four));
    square->row = taken(memory, side * sizeof(uint32_t));
    square->kept = taken(memory, side * size * sizeof(uint32_t));
    square->averaged = taken(memory, size * size * sizeof(uint32_t));
    set_means(square->columns, square->left, side, photo->width, size);
    set_means(square->rows, square->top, side, photo->height, size);
    memset(square->sums, 0, side * sizeof(Four));
}

static Plan *plan_of(const Photo *photo) {
    return (Plan *)(photo->memory + (64 - (uintptr_t)photo->memory % 64) % 64);
}

static void begin(const Photo *photo, Plan *plan) {
    uint8_t *memory = (uint8_t *)plan + rounded(sizeof(Plan));
    plan->totals = taken(&memory, (side_of(photo) + 1) * sizeof(Four));
    begin_square(photo, photo->size, &memory, &plan->small);
    begin_square(photo, PROBE, &memory, &plan->probe);
}

/* RGBX to RGB. */
FOR_EACH_PROCESSOR static void pack(
    const uint32_t *restrict pixels, size_t count, uint8_t *restrict packed) {
    size_t x = 0;
    /* Sixteen bytes are written for twelve: there must be more to come. */
    for (; x + 6 <= count; x += 4) {
        Codes codes;
        memcpy(&codes, pixels + x, 16);
        codes = SHUFFLED(codes, codes, 0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 0, 0, 0, 0);
        memcpy(packed + 3 * x, &codes, 16);
    }
    for (; x < count; x++) memcpy(packed + 3 * x, pixels + x, 3);
}

/* The channels of one of four pixels. */
#define CHANNELS(codes, i)                                                                         \
    ((Four)SHUFFLED(                                                                               \
        codes, (Codes){0}, i, 16, 16, 16, i + 1, 16, 16, 16, i + 2, 16, 16, 16, i + 3, 16, 16, 16))

/* Sums of all pixels before each: what lies between two is then one difference. They may run over,
 * differences do not. */
FOR_EACH_PROCESSOR static void sum_up(
    const uint32_t *restrict pixels, size_t count, Four *restrict totals) {
    Four total = {0, 0, 0, 0};
    Codes codes = {0};
    size_t x = 0;
    for (; x + 4 <= count; x += 4) {
        memcpy(&codes, pixels + x, 16);
        totals[x] = total;
        totals[x + 1] = total += CHANNELS(codes, 0);
        totals[x + 2] = total += CHANNELS(codes, 4);
        totals[x + 3] = total += CHANNELS(codes, 8);
        total += CHANNELS(codes, 12);
    }
    for (; x < count; x++) {
        memcpy(&codes, pixels + x, 4);
        totals[x] = total;
        total += CHANNELS(codes, 0);
    }
    totals[count] = total;
}

/* Average a row along itself to `size` pixels. */
FOR_EACH_PROCESSOR static void average_columns(
    const Four *restrict totals, size_t left, const Mean *restrict means, size_t size,
    uint32_t *restrict row) {
    for (size_t i = 0; i < size; i++) {
        const Four *first = totals + (means[i].first - left);
        Four sum = first[means[i].count] - first[0];
        Codes mean = (Codes)((sum * means[i].weight + HALF) >> PRECISION);
        mean = SHUFFLED(mean, mean, 0, 4, 8, 12, 0, 4, 8, 12, 0, 4, 8, 12, 0, 4, 8, 12);
        row[i] = ((Four)mean)[0];
    }
}

FOR_EACH_PROCESSOR static void add_row(
    const uint8_t *restrict row, size_t count, uint32_t *restrict sums) {
    for (size_t i = 0; i < count; i++) sums[i] += row[i];
}

FOR_EACH_PROCESSOR static void average_and_clear(
    uint32_t *restrict sums, uint32_t weight, size_t count, uint8_t *restrict result) {
    for (size_t i = 0; i < count; i++) result[i] = mean_of(sums[i], weight), sums[i] = 0;
}

/* Row `y` of all, rows first: once the last that is averaged has come, their mean is averaged. */
static void take_row_first(Square *square, const uint32_t *pixels, size_t y, Four *totals) {
    Mean mean = square->rows[square->done];
    add_row((const uint8_t *)pixels, 4 * square->side, square->sums);
    if (y + 1 < (size_t)mean.first + mean.count) return;
    average_and_clear(square->sums, mean.weight, 4 * square->side, (uint8_t *)square->row);
    sum_up(square->row, square->side, totals);
    uint32_t *averaged = square->averaged + square->size * square->done++;
    average_columns(totals, square->left, square->columns, square->size, averaged);
}

static void take_totals(Square *square, const Four *totals, size_t y) {
    uint32_t *kept = square->kept + square->size * (y - square->top);
    average_columns(totals, square->left, square->columns, square->size, kept);
}

/* The part of row `y` that lies in the square. */
static void take_row(Plan *plan, const uint32_t *pixels, size_t y) {
    Square *squares[2] = {&plan->small, &plan->probe};
    for (size_t i = 0; i < 2; i++)
        if (squares[i]->is_rows_first) take_row_first(squares[i], pixels, y, plan->totals);
    if (plan->small.is_rows_first && plan->probe.is_rows_first) return;
    sum_up(pixels, plan->probe.side, plan->totals);
    for (size_t i = 0; i < 2; i++)
        if (!squares[i]->is_rows_first) take_totals(squares[i], plan->totals, y);
}

/* Pack some rows of a photo, `first` of all, and average those of its square; all rows of a photo
 * come in order. Pixels are (rows, width, 4), as Pillow keeps RGB; packed are (rows, width, 3). */
void colorize_photo_rows(
    const Photo *photo, const uint32_t *pixels, size_t first, size_t rows, uint8_t *packed) {
    Plan *plan = plan_of(photo);
    if (!first) begin(photo, plan);
    const Square *square = &plan->probe;
    pack(pixels, rows * photo->width, packed);
    for (size_t y = first; y < first + rows; y++)
        if (y >= square->top && y < square->top + square->side)
            take_row(plan, pixels + (y - first) * photo->width + square->left, y);
}

static void end_square(Square *square, uint8_t *result) {
    size_t size = square->size;
    if (!square->is_rows_first)
        average_rows(
            (const uint8_t *)square->kept, square->top, square->rows, size, 4 * size,
            square->sums, (uint8_t *)square->averaged);
    pack(square->averaged, size * size, result);
}

/* Once all rows have passed: the small square (size, size, 3) and the probe (64, 64, 3). */
void colorize_photo_squares(const Photo *photo, uint8_t *small, uint8_t *probe) {
    Plan *plan = plan_of(photo);
    end_square(&plan->small, small);
    end_square(&plan->probe, probe);
}
