/* What an enlarged pixel is made of. */
#ifndef GRAY_LINES_H
#define GRAY_LINES_H

#include "gray_small.h"

/* What small pixels are that enlarged ones lie between, and the second one's share:
 * `chroma._neighbours`. */
typedef struct {
    size_t first, second;
    float share;
} Between;

static inline Between between(size_t place, size_t length, size_t full) {
    double exact = ((double)place + 0.5) * ((double)length / (double)full) - 0.5;
    double first = floor(exact);
    first = WITHIN(first, 0.0, (double)(length - 1));
    Between found = {(size_t)first, (size_t)first + 1, (float)WITHIN(exact - first, 0.0, 1.0)};
    if (found.second > length - 1) found.second = length - 1;
    return found;
}

#endif
