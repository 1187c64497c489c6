/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Every operation here is a plain IEEE double +, -, *, / or sqrt, in an order fixed by the source,
 * so the bits depend on nothing but the argument; the build must not contract (a * b + c into one
 * rounding) nor reorder. Rounding to nearest is assumed.
 *
 * log, log1p: x = 2^k (1 + f), s = f / (2 + f), log(1 + f) = f - f^2/2 + s (f^2/2 + s^2 G(s^2)).
 * exp: x = (64 e + i) ln2 / 64 + r, 2^(i/64) from a table and a quintic in r.
 * pow: y log x in double-double (Dekker 1971, doi:10.1007/BF01397083), about 2^-67, then exp.
 * The polynomials and rational functions are interpolations at Chebyshev nodes, computed for this
 * file to 90 digits; each error that it leaves is far below half an ulp. Incomplete beta and gamma
 * are the series and continued fractions of DLMF 8.7, 8.9 and 8.17 (https://dlmf.nist.gov).
 */
#include "math.h"
#include <float.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

/* 16: _Float16 too is evaluated as itself, on CPUs that have it. */
_Static_assert(FLT_EVAL_METHOD == 0 || FLT_EVAL_METHOD == 16,
               "doubles must be evaluated as doubles");

#define SHIFT 0x1.8p52 /* adding it leaves the nearest integer in the low bits */
#define PI    0x1.921fb54442d18p+1

/* ln 2 in two parts; the first has 33 bits, so that k times it is exact. */
#define LN2_HI 0x1.62e42fefp-1
#define LN2_LO 0x1.473de6af278edp-34

/* 2^(i/64) */
static const double exp2_table[64] = {
    0x1.0000000000000p+0, 0x1.02c9a3e778061p+0, 0x1.059b0d3158574p+0, 0x1.0874518759bc8p+0,
    0x1.0b5586cf9890fp+0, 0x1.0e3ec32d3d1a2p+0, 0x1.11301d0125b51p+0, 0x1.1429aaea92de0p+0,
    0x1.172b83c7d517bp+0, 0x1.1a35beb6fcb75p+0, 0x1.1d4873168b9aap+0, 0x1.2063b88628cd6p+0,
    0x1.2387a6e756238p+0, 0x1.26b4565e27cddp+0, 0x1.29e9df51fdee1p+0, 0x1.2d285a6e4030bp+0,
    0x1.306fe0a31b715p+0, 0x1.33c08b26416ffp+0, 0x1.371a7373aa9cbp+0, 0x1.3a7db34e59ff7p+0,
    0x1.3dea64c123422p+0, 0x1.4160a21f72e2ap+0, 0x1.44e086061892dp+0, 0x1.486a2b5c13cd0p+0,
    0x1.4bfdad5362a27p+0, 0x1.4f9b2769d2ca7p+0, 0x1.5342b569d4f82p+0, 0x1.56f4736b527dap+0,
    0x1.5ab07dd485429p+0, 0x1.5e76f15ad2148p+0, 0x1.6247eb03a5585p+0, 0x1.6623882552225p+0,
    0x1.6a09e667f3bcdp+0, 0x1.6dfb23c651a2fp+0, 0x1.71f75e8ec5f74p+0, 0x1.75feb564267c9p+0,
    0x1.7a11473eb0187p+0, 0x1.7e2f336cf4e62p+0, 0x1.82589994cce13p+0, 0x1.868d99b4492edp+0,
    0x1.8ace5422aa0dbp+0, 0x1.8f1ae99157736p+0, 0x1.93737b0cdc5e5p+0, 0x1.97d829fde4e50p+0,
    0x1.9c49182a3f090p+0, 0x1.a0c667b5de565p+0, 0x1.a5503b23e255dp+0, 0x1.a9e6b5579fdbfp+0,
    0x1.ae89f995ad3adp+0, 0x1.b33a2b84f15fbp+0, 0x1.b7f76f2fb5e47p+0, 0x1.bcc1e904bc1d2p+0,
    0x1.c199bdd85529cp+0, 0x1.c67f12e57d14bp+0, 0x1.cb720dcef9069p+0, 0x1.d072d4a07897cp+0,
    0x1.d5818dcfba487p+0, 0x1.da9e603db3285p+0, 0x1.dfc97337b9b5fp+0, 0x1.e502ee78b3ff6p+0,
    0x1.ea4afa2a490dap+0, 0x1.efa1bee615a27p+0, 0x1.f50765b6e4540p+0, 0x1.fa7c1819e90d8p+0,
};

static inline uint64_t to_bits(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static inline double from_bits(uint64_t bits)
{
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* 2^k for -1022 <= k <= 1023 */
static inline double power_of_two(int64_t k)
{
    return from_bits((uint64_t)(k + 1023) << 52);
}

/* x 2^k, rounded once, for x about 1. */
static double scale(double x, int64_t k)
{
    return x * power_of_two(k / 2) * power_of_two(k - k / 2);
}

/* x = 2^k m, sqrt(1/2) <= m < sqrt 2, for x positive and normal. */
static inline double mantissa(double x, double *k)
{
    const uint64_t from_root = to_bits(x) - UINT64_C(0x3fe6a09e667f3bcd);
    const uint64_t exponent = from_root & UINT64_C(0xfff0000000000000);
    *k = (double)((int64_t)exponent >> 52);
    return from_bits(to_bits(x) - exponent);
}

/* k ln 2 + log(1 + f) + c, |f| < 0.4143, c tiny. */
static inline double log_sum(double k, double f, double c)
{
    const double half = 0.5 * f * f;
    const double s = f / (2 + f);
    const double z = s * s, w = z * z;
    const double g =
        (0x1.5555555555558p-1 + z * 0x1.99999999952d7p-2) +
        w * ((0x1.2492492df281ap-2 + z * 0x1.c71c62e3f11e6p-3) +
             w * ((0x1.7462b51cb66b1p-3 + z * 0x1.39fe51a7c18f9p-3) + w * 0x1.2b5900de53b32p-3));
    const double low = s * (half + z * g) + (k * LN2_LO + c);
    return k * LN2_HI - ((half - low) - f);
}

/* The logarithm where mantissa() does not serve: 0, subnormal, negative, infinite, not a number. */
static double log_edge(double x)
{
    double k;
    if (x == 0) return -INFINITY;
    if (!(x > 0)) return NAN;
    if (x > DBL_MAX) return x;
    const double m = mantissa(x * 0x1p54, &k);
    return log_sum(k - 54, m - 1, 0);
}

double fs_log(double x)
{
    double k;
    if (!(x >= DBL_MIN && x <= DBL_MAX)) return log_edge(x);
    const double m = mantissa(x, &k);
    return log_sum(k, m - 1, 0);
}

double fs_log1p(double x)
{
    double k;
    if (x > -0.29 && x < 0.41) return fabs(x) < 0x1p-54 ? x : log_sum(0, x, 0);
    if (!(x > -1 && x <= DBL_MAX)) return log_edge(x < -1 ? NAN : x + 1);
    const double u = 1 + x;
    const double lost = x > 1 ? 1 - (u - x) : x - (u - 1);
    const double m = mantissa(u, &k);
    return log_sum(k, m - 1, lost / u);
}

/* e^(x + low) = (2^(i/64) + 2^(i/64) p) 2^e; `n` is 64 e + i in the low bits. |x| < 1000. */
static inline double exp_parts(double x, double low, uint64_t *n)
{
    const double shifted = x * 0x1.71547652b82fep+6 + SHIFT;
    const double k = shifted - SHIFT;
    *n = to_bits(shifted);
    const double r = (x - k * 0x1.62e42fefap-7) + (low - k * 0x1.cf79abc9e3b3ap-46);
    const double z = r * r;
    return r + z * ((0x1.ffffffffff574p-2 + r * 0x1.5555555555252p-3) +
                    z * (0x1.55556b3e385f1p-5 + r * 0x1.11111d9625013p-7));
}

/* e^(x + low) where it is or may be infinite, zero or subnormal. */
static double exp_edge(double x, double low)
{
    uint64_t n;
    if (x > 710) return INFINITY;
    if (x < -746) return 0;
    if (!(x <= 710)) return x;
    const double p = exp_parts(x, low, &n);
    const double t = exp2_table[n & 63];
    /* n holds SHIFT's bits too: only 32 of them are the integer's. */
    return scale(t + t * p, ((int32_t)(uint32_t)n - (int32_t)(n & 63)) / 64);
}

static inline double exp_sum(double x, double low)
{
    uint64_t n;
    if (!(fabs(x) < 708)) return exp_edge(x, low);
    const double p = exp_parts(x, low, &n);
    const uint64_t i = n & 63;
    const double t = from_bits(to_bits(exp2_table[i]) + ((n - i) << 46));
    return t + t * p;
}

double fs_exp(double x)
{
    return exp_sum(x, 0);
}

/* expm1 by the whole Taylor-like polynomial: 2^k (e + 1) - 1 with e = expm1(x - k ln 2) loses
 * nothing where the result is small, as exp(x) - 1 would. */
double fs_expm1(double x)
{
    if (!(x < 40)) return fs_exp(x);
    if (x < -40) return -1;
    if (fabs(x) < 0x1p-54) return x;
    const double k = (x * 0x1.71547652b82fep+0 + SHIFT) - SHIFT;
    const double high = x - k * LN2_HI, low = k * LN2_LO;
    const double r = high - low, lost = (high - r) - low;
    const double z = r * r, w = z * z;
    const double q = (0x1.5555555555556p-3 + r * 0x1.5555555555555p-5) +
                     z * (0x1.11111111109a6p-7 + r * 0x1.6c16c16c167dap-10) +
                     w * ((0x1.a01a01a7cebcdp-13 + r * 0x1.a01a01a48116fp-16) +
                          z * (0x1.71de0d85293b8p-19 + r * 0x1.27e4e1dcf773bp-22) +
                          w * (0x1.af390ba7e6f47p-26 + r * 0x1.1f6717774d5e0p-29));
    const double e = r + (z * (0.5 + r * q) + lost * (1 + r));
    if (k == 0) return e;
    const double two = power_of_two((int64_t)k);
    return two * e + (two - 1);
}

/* A number as an unevaluated sum of two doubles, |low| at most half an ulp of high. */
struct pair {
    double high, low;
};

static struct pair sum(double a, double b)
{
    const double s = a + b, t = s - a;
    return (struct pair){s, (a - (s - t)) + (b - t)};
}

static struct pair product(double a, double b)
{
    const double p = a * b;
    const double a1 = a * 134217729.0, b1 = b * 134217729.0; /* 2^27 + 1 splits in halves */
    const double ah = a1 - (a1 - a), bh = b1 - (b1 - b);
    const double al = a - ah, bl = b - bh;
    return (struct pair){p, ((ah * bh - p) + ah * bl + al * bh) + al * bl};
}

static struct pair pair_sum(struct pair a, struct pair b)
{
    const struct pair s = sum(a.high, b.high);
    return sum(s.high, s.low + (a.low + b.low));
}

static struct pair pair_product(struct pair a, struct pair b)
{
    const struct pair p = product(a.high, b.high);
    return sum(p.high, p.low + (a.high * b.low + a.low * b.high));
}

/* (m - 1) / (m + 1) */
static struct pair log_argument(double m)
{
    const double f = m - 1;
    const struct pair under = sum(m, 1);
    const double q = f / under.high;
    const struct pair back = product(q, under.high);
    return (struct pair){q, (((f - back.high) - back.low) - q * under.low) / under.high};
}

/* log x for x > 0 and finite: 2 (s + s^3/3 + s^5/5 + ...), the first terms in pairs. */
static struct pair log_pair(double x)
{
    double k, subnormal = 0;
    if (x < DBL_MIN) {
        x *= 0x1p54;
        subnormal = 54;
    }
    const struct pair s = log_argument(mantissa(x, &k));
    const struct pair z = pair_product(s, s);
    const double w = z.high;
    const double tail = 0x1.2492492492205p-3 +
                        w * (0x1.c71c71ca289acp-4 +
                             w * (0x1.745d129074a9bp-4 +
                                  w * (0x1.3b1658e8acc3ep-4 +
                                       w * (0x1.106474bdc15e4p-4 + w * 0x1.04f8e3f3b6984p-4))));
    struct pair t = pair_sum((struct pair){0x1.999999999999ap-3, -0x1.999999999999ap-57},
                             (struct pair){w * tail, 0});
    t = pair_sum((struct pair){0x1.5555555555555p-2, 0x1.5555555555555p-56}, pair_product(z, t));
    t = pair_sum(s, pair_product(s, pair_product(z, t)));
    k -= subnormal;
    const struct pair base = sum(k * LN2_HI, k * LN2_LO);
    return pair_sum(base, (struct pair){2 * t.high, 2 * t.low});
}

double fs_pow(double x, double y)
{
    if (y == 0 || x == 1) return 1;
    if (!(x >= 0) || y != y) return NAN;
    if (x == 0) return y > 0 ? 0 : INFINITY;
    if (x > DBL_MAX) return y > 0 ? INFINITY : 0;
    /* Beyond 2^64 the result is 0 or infinite for every x but 1, and product() would overflow. */
    const double power = y > 0x1p64 ? 0x1p64 : y < -0x1p64 ? -0x1p64 : y;
    const struct pair log_x = log_pair(x);
    const struct pair p = product(power, log_x.high);
    return exp_sum(p.high, p.low + power * log_x.low);
}

/* sin and cos of r + low, |r| <= pi/4. */
static double sin_near(double r, double low)
{
    const double z = r * r;
    const double q =
        0x1.1111111110babp-7 + z * (-0x1.a01a019e820aep-13 +
                                    z * (0x1.71de37946ed6dp-19 +
                                         z * (-0x1.ae6008d114485p-26 + z * 0x1.5e0a4fc16be59p-33)));
    return r + (r * z * (-0x1.5555555555555p-3 + z * q) + low * (1 - 0.5 * z));
}

static double cos_near(double r, double low)
{
    const double z = r * r, half = 0.5 * z, w = 1 - half;
    const double q = 0x1.5555555555555p-5 +
                     z * (-0x1.6c16c16c16963p-10 +
                          z * (0x1.a01a019f4ddfdp-16 +
                               z * (-0x1.27e4fa16cc2d1p-22 +
                                    z * (0x1.1eeb67d026ec6p-29 + z * -0x1.907cd8ff5ede7p-37))));
    return w + (((1 - w) - half) + (z * z * q - r * low));
}

double fs_sin(double x)
{
    if (!(fabs(x) <= 1e6)) return NAN;
    /* pi/2 in four parts; n (20 bits) times each of the first three (33 bits) is exact. */
    const double n = (x * 0x1.45f306dc9c883p-1 + SHIFT) - SHIFT;
    const struct pair a = sum(x - n * 0x1.921fb544p+0, -(n * 0x1.0b4611a6p-34));
    const struct pair b = sum(a.high, -(n * 0x1.3198a2ep-69));
    const struct pair r = sum(b.high, a.low + (b.low - n * 0x1.b839a252049c1p-104));
    switch ((int64_t)n & 3) {
    case 0:
        return x == 0 ? x : sin_near(r.high, r.low);
    case 1:
        return cos_near(r.high, r.low);
    case 2:
        return -sin_near(r.high, r.low);
    default:
        return -cos_near(r.high, r.low);
    }
}

/* log Gamma(x) - ((x - 1/2) log x - x + log(2 pi)/2), x >= 10 (DLMF 5.11.1). */
static double stirling(double x)
{
    const double w = 1 / (x * x);
    return (1. / 12 + w * (-1. / 360 +
                           w * (1. / 1260 + w * (-1. / 1680 + w * (1. / 1188 + w * (-691. / 360360 +
                                                                                    w / 156)))))) /
           x;
}

#define LOG_2PI 0x1.d67f1c864beb5p+0

double fs_lgamma(double x)
{
    double below = 1;
    for (; x < 10; x++) {
        below *= x;
    }
    return ((x - 0.5) * fs_log(x) - x) + (0.5 * LOG_2PI + stirling(x)) - fs_log(below);
}

double fs_poisson_log(double k, double mean)
{
    if (k < 10) return k * fs_log(mean) - mean - fs_lgamma(k + 1);
    /* k log(mean/k) - (mean - k) without the difference of two large numbers near the mode. */
    const double d = (mean - k) / k;
    return -k * (d - fs_log1p(d)) - 0.5 * (LOG_2PI + fs_log(k)) - stirling(k);
}

/* sum of x^n / ((a + 1) ... (a + n)), n >= 0: P(a, x) over x^a e^-x / Gamma(a + 1). */
static double gamma_series(double a, double x)
{
    double term = 1, total = 1;
    for (double n = 1; term > total * 0x1p-55; n++) {
        term *= x / (a + n);
        total += term;
    }
    return total;
}

static double lesser(double a, double b)
{
    return a < b ? a : b;
}

static double not_zero(double x)
{
    return x == 0 ? 0x1p-300 : x;
}

/* Q(a, x) over x^a e^-x / Gamma(a + 1), by Lentz's evaluation of DLMF 8.9.2. */
static double gamma_fraction(double a, double x)
{
    double b = x + 1 - a, d = 1 / not_zero(b), c = 0x1p300, value = d, step = 0;
    for (double n = 1; fabs(step - 1) > 0x1p-52; n++) {
        const double numerator = n * (a - n);
        b += 2;
        d = 1 / not_zero(b + numerator * d);
        c = not_zero(b + numerator / c);
        step = c * d;
        value *= step;
    }
    return a * value;
}

double fs_gamma_share(double shape, double x)
{
    if (!(x > 0)) return 0;
    if (x > DBL_MAX) return 1;
    const double scaled = fs_exp(fs_poisson_log(shape, x));
    if (x < shape + 1) return lesser(scaled * gamma_series(shape, x), 1);
    return scaled == 0 ? 1 : 1 - scaled * gamma_fraction(shape, x);
}

/* numerator over denominator, lowest power first. */
struct rational {
    double over[9], under[9];
};

static const struct rational quantile_centre = {
    {
        0x1.7b09daebf0bbdp+1,
        0x1.3e3f2281d2a4ap+6,
        0x1.a9cd9e0a7bd67p+9,
        0x1.21b93802b0f98p+12,
        0x1.a86f740938cf8p+13,
        0x1.45ff69081e8a9p+14,
        0x1.d772ba1409176p+13,
        0x1.ef573e48fa3e7p+11,
        0x1.50be62ecaaa43p+7,
    },
    {
        0x1.0000000000000p+0,
        0x1.cb29d8c0d4bfep+4,
        0x1.4c892ca5a4d12p+8,
        0x1.f311ee206e692p+10,
        0x1.9e250ccb1e792p+12,
        0x1.77b16b9967ecep+13,
        0x1.58ae1fe9382f4p+13,
        0x1.0aab925b69e9ap+12,
        0x1.b814c19fc25fep+8,
    },
};
static const struct rational quantile_near = {
    {
        0x1.05fc4c21248cfp+0,
        0x1.07324cc80f398p+2,
        0x1.819a9ed9bda7dp+2,
        0x1.1c04176230e82p+2,
        0x1.d996b3a71ce47p+0,
        0x1.d2668e7c04379p-2,
        0x1.094c53a5c5691p-4,
        0x1.347351b12b3d9p-8,
        0x1.04b347e653b00p-13,
    },
    {
        0x1.0000000000000p+0,
        0x1.2463fcdb25cd0p+1,
        0x1.0c0ae60e1e2b3p+1,
        0x1.0059fc4740ab7p+0,
        0x1.161321b019d93p-2,
        0x1.553368bffa4f8p-5,
        0x1.a4892980bd278p-9,
        0x1.70a6f10779284p-14,
        0x1.2777858f52122p-34,
    },
};
static const struct rational quantile_far = {
    {
        0x1.c19855c7a1c48p+2,
        0x1.700b119192c27p+2,
        0x1.e800a2ecf912ap+0,
        0x1.518cff3fbe906p-2,
        0x1.05aa0fa037264p-5,
        0x1.c6a85c274188cp-10,
        0x1.a3398f5f9847bp-15,
        0x1.686f994c02071p-21,
        0x1.a39cff47948c6p-29,
    },
    {
        0x1.0000000000000p+0,
        0x1.3846d05652dfcp-1,
        0x1.294d4a176ca9dp-3,
        0x1.1895e41c99738p-6,
        0x1.148ca55033ad8p-10,
        0x1.14188ac5cba30p-15,
        0x1.f19128df9d3a4p-22,
        0x1.28b5ee22d1abep-29,
        0x1.0b804a2564d4cp-57,
    },
};

static double evaluate(const struct rational *f, double x)
{
    double over = f->over[8], under = f->under[8];
    for (int i = 7; i >= 0; i--) {
        over = over * x + f->over[i];
        under = under * x + f->under[i];
    }
    return over / under;
}

double fs_normal_quantile(double p)
{
    const double q = p - 0.5;
    if (!(p > 0 && p < 1)) return p == 0 ? -INFINITY : p == 1 ? INFINITY : NAN;
    if (fabs(q) <= 0.35) return q * evaluate(&quantile_centre, 0.1225 - q * q);
    const double r = sqrt(-fs_log(q < 0 ? p : 1 - p));
    const double x =
        r < 5.25 ? evaluate(&quantile_near, r - 1.37) : evaluate(&quantile_far, r - 5.25);
    return q < 0 ? -x : x;
}

/* log(Gamma(a + 1/2) / Gamma(a)), a > 0 (Tricomi, Erdelyi 1951, doi:10.2140/pjm.1951.1.133). */
static double log_half_step(double a)
{
    double below = 1;
    for (; a < 30; a++) {
        below *= a / (a + 0.5);
    }
    const double w = 1 / (a * a);
    const double series = (-1. / 8 + w * (1. / 192 + w * (-1. / 640 + w * 17. / 14336))) / a;
    /* Going up one multiplies the ratio by (a + 1/2) / a. */
    return 0.5 * fs_log(a) + series + fs_log(below);
}

/* I_x(a, b) over x^a (1 - x)^b / (a B(a, b)), by Lentz's evaluation of DLMF 8.17.22. */
static double beta_fraction(double a, double b, double x)
{
    double value = 1, c = 1, d = 0, step = 0;
    for (int n = 1; n <= 1000000 && fabs(step - 1) > 0x1p-52; n++) {
        const double m = n / 2;
        const double numerator = n % 2
                                     ? -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
                                     : m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
        d = 1 / not_zero(1 + numerator * d);
        c = not_zero(1 + numerator / c);
        step = c * d;
        value *= step;
    }
    return 1 / value;
}

/* log I_x(a, b) for x = e^w < 1, and its derivative by w. */
static double beta_log(double a, double b, double w, double log_ab, double *slope)
{
    const double x = fs_exp(w), rest = -fs_expm1(w);
    const double fraction = beta_fraction(a, b, x);
    *slope = a / (rest * fraction);
    const double log_rest = x < 0.5 ? fs_log1p(-x) : fs_log(rest);
    return a * w + b * log_rest - log_ab + fs_log(fraction);
}

/* w < 0 with I_(e^w)(a, b) = share. log I is convex or concave in w and a straight line far left,
 * so Newton from that line (or from `limit`, if smaller) comes to the root from one side. */
static double beta_root(double a, double b, double share, double log_ab, double limit)
{
    const double target = fs_log(share);
    double slope, w = lesser((target + log_ab) / a, limit);
    for (int i = 0; i < 100; i++) {
        const double value = beta_log(a, b, w, log_ab, &slope);
        const double step = (target - value) / slope;
        const double next = lesser(w + step, limit);
        if (fabs(next - w) <= 0x1p-51 * fabs(w)) return next;
        w = next;
    }
    return w;
}

/* Student's t beyond which a share `tail` < 1/2 lies; `centre` is 1/2 - tail, given apart because
 * it is the exact one near the median. With x = v / (v + t^2), 2 tail = I_x(v/2, 1/2) and
 * 2 centre = I_(1-x)(1/2, v/2); each fraction is used on its own side of (a + 1) / (a + b + 2). */
static double t_positive(double tail, double centre, double v)
{
    double slope;
    const double half = 0.5 * v;
    const double log_beta = 0.5 * fs_log(PI) - log_half_step(half);
    const double border = fs_log(3 / (v + 5)), log_centre = log_beta + fs_log(0.5);
    if (fs_log(2 * centre) <= beta_log(0.5, half, border, log_centre, &slope)) {
        const double w = beta_root(0.5, half, 2 * centre, log_centre, border);
        return sqrt(v) * fs_exp(0.5 * w) / sqrt(-fs_expm1(w));
    }
    const double w =
        beta_root(half, 0.5, 2 * tail, log_beta + fs_log(half), fs_log1p(-3 / (v + 5)));
    return sqrt(v) * fs_exp(-0.5 * w) * sqrt(-fs_expm1(w));
}

double fs_t_quantile(double p, double degrees)
{
    const double q = p - 0.5;
    if (!(p > 0 && p < 1 && degrees >= 1)) return NAN;
    if (q == 0) return 0;
    if (degrees > 1e7) { /* Cornish-Fisher (Abramowitz, Stegun 26.7.5) */
        const double z = fs_normal_quantile(p), s = z * z;
        return z + z * (s + 1) / (4 * degrees) +
               z * ((5 * s + 16) * s + 3) / (96 * degrees * degrees);
    }
    const double t = t_positive(q < 0 ? p : 1 - p, fabs(q), degrees);
    return q < 0 ? -t : t;
}
