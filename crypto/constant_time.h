/* SPDX-License-Identifier: MIT */
/* Decisions without branches. A mask is all ones for true and 0 for false. */
#ifndef CRYPTO_CONSTANT_TIME_H
#define CRYPTO_CONSTANT_TIME_H

#include <limits.h>
#include <stddef.h>

/* Hides from the compiler that a mask has two values only, so that it makes no branch of it. */
static inline unsigned vit_ct_mask(unsigned mask)
{
    __asm__("" : "+r"(mask));
    return mask;
}

static inline unsigned vit_ct_top_bit(unsigned value)
{
    return vit_ct_mask(0u - (value >> (sizeof(value) * CHAR_BIT - 1)));
}

static inline unsigned vit_ct_is_zero(unsigned value)
{
    return vit_ct_top_bit(~value & (value - 1));
}

static inline unsigned vit_ct_equal(unsigned a, unsigned b)
{
    return vit_ct_is_zero(a ^ b);
}

/* a < b, for values below 2^31. */
static inline unsigned vit_ct_less(unsigned a, unsigned b)
{
    return vit_ct_top_bit(a - b);
}

static inline unsigned vit_ct_select(unsigned mask, unsigned yes, unsigned no)
{
    return (mask & yes) | (~mask & no);
}

#endif
