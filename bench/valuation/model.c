/* The price model of src/valuation in C: the same streams, the same ziggurat, the same steps; exp and log are the library's.
   model MONTHS BLOCKS SEED SPOT DEVIATION KEEP SHORT TILT LONG DRIFT REVERSION P JUMP_MEAN JUMP_DEVIATION LASTING
   prints milliseconds of processor time, and the mean over all paths of the sum of their monthly prices. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define LANES 16
#define BLOCK 10000
#define MOST_MONTHS 600

typedef struct { uint32_t a, b, c, d; } stream;

static inline uint32_t rotate(uint32_t x, int k) { return (x << k) | (x >> (32 - k)); }

static inline uint32_t next_word(stream *s) {
  uint32_t word = rotate(s->a + s->d, 7) + s->a;
  uint32_t shifted = s->b << 9;
  s->c ^= s->a;
  s->d ^= s->b;
  s->b ^= s->c;
  s->a ^= s->d;
  s->c ^= shifted;
  s->d = rotate(s->d, 11);
  return word;
}

static inline double uniform(stream *s) { return (next_word(s) + 0.5) / 4294967296.0; }

static uint32_t mixed(uint32_t w) {
  w = (w ^ (w >> 16)) * 0x85ebca6bu;
  w = (w ^ (w >> 13)) * 0xc2b2ae35u;
  return w ^ (w >> 16);
}

enum { SHORT = 1, LONG = 2, JUMPS = 3 };

static stream stream_of(uint64_t seed, uint32_t block, uint32_t purpose) {
  uint32_t keys[4] = { (uint32_t)seed, (uint32_t)(seed >> 32), block, purpose };
  uint32_t words[4] = { 0 }, word = 0x9e3779b9u;
  for (uint32_t i = 0; i < 8; i++) {
    word = mixed(word + keys[i & 3] * 0x9e3779b1u + i);
    words[i & 3] ^= word;
  }
  return (stream){ words[0], words[1], words[2], words[3] };
}

static const double TAIL = 3.654152885361009;
static double edges[257], heights[257], widths[256];
static int32_t sure[256];

static double height(double x) { return exp(-(x * x) / 2); }

static void build_ziggurat(void) {
  double area = TAIL * height(TAIL) + sqrt(2 * M_PI) * erfc(TAIL / sqrt(2)) / 2;
  edges[0] = area / height(TAIL);
  edges[1] = TAIL;
  for (int i = 2; i < 256; i++) edges[i] = sqrt(-2 * log(height(edges[i - 1]) + area / edges[i - 1]));
  edges[256] = 0;
  for (int i = 0; i <= 256; i++) heights[i] = height(edges[i]);
  for (int i = 0; i < 256; i++) {
    widths[i] = edges[i] / 16777216.0;
    sure[i] = (int32_t)floor(16777216.0 * edges[i + 1] / edges[i]);
  }
}

static double __attribute__((noinline)) rare(stream *s, uint32_t word) {
  for (;; word = next_word(s)) {
    int layer = word & 255;
    int32_t place = ((int32_t)word >> 7) | 1;
    double x = place * widths[layer];
    if (abs(place) < sure[layer]) return x;
    if (layer == 0) {
      for (;;) {
        double beyond = -log(uniform(s)) / TAIL;
        if (-2 * log(uniform(s)) > beyond * beyond) return place < 0 ? -(TAIL + beyond) : TAIL + beyond;
      }
    }
    if (heights[layer] + uniform(s) * (heights[layer + 1] - heights[layer]) < height(x)) return x;
  }
}

static inline double normal(stream *s) {
  uint32_t word = next_word(s);
  int layer = word & 255;
  int32_t place = ((int32_t)word >> 7) | 1;
  return abs(place) < sure[layer] ? place * widths[layer] : rare(s, word);
}

typedef struct {
  int months, lasting;
  double keep, shorts, tilt, longs, probability, jump_mean, jump_deviation;
  double levels[MOST_MONTHS + 1];
} model;

/* Half the sum of two squared normals is an exponential time. */
static double gap(double per_gap, stream *s) {
  double a = normal(s), b = normal(s);
  return floor(fmin((a * a + b * b) * per_gap, 1073741824.0));
}

static double run_block(const model *m, uint64_t seed, uint32_t block) {
  stream shorts = stream_of(seed, block, SHORT), longs = stream_of(seed, block, LONG), jumps = stream_of(seed, block, JUMPS);
  double per_gap = m->probability > 0 ? -1 / (2 * log1p(-m->probability)) : INFINITY;
  double ahead = gap(per_gap, &jumps);
  double sum = 0;
  for (int path = 0; path < BLOCK; path += LANES) {
    double chi[LANES] = { 0 }, xi[LANES] = { 0 }, total[LANES] = { 0 };
    for (int month = 1; month <= m->months; month++) {
      for (int lane = 0; lane < LANES; lane++) {
        double noise = m->shorts * normal(&shorts);
        chi[lane] = m->keep * chi[lane] + noise;
        xi[lane] += m->tilt * noise + m->longs * normal(&longs);
        if (ahead-- == 0) {
          double size = m->jump_mean + m->jump_deviation * normal(&jumps);
          if (m->lasting) xi[lane] += size;
          else chi[lane] += size;
          ahead = gap(per_gap, &jumps);
        }
        total[lane] += m->levels[month] * exp(chi[lane] + xi[lane]);
      }
    }
    for (int lane = 0; lane < LANES; lane++) sum += total[lane];
  }
  return sum;
}

int main(int argc, char **argv) {
  if (argc != 16) return 2;
  model m = { .months = atoi(argv[1]), .lasting = atoi(argv[15]) };
  int blocks = atoi(argv[2]);
  uint64_t seed = strtoull(argv[3], NULL, 10);
  double spot = atof(argv[4]), deviation = atof(argv[5]), drift = atof(argv[10]), reversion = atof(argv[11]);
  m.keep = atof(argv[6]), m.shorts = atof(argv[7]), m.tilt = atof(argv[8]), m.longs = atof(argv[9]);
  m.probability = atof(argv[12]), m.jump_mean = atof(argv[13]), m.jump_deviation = atof(argv[14]);
  if (m.months < 1 || m.months > MOST_MONTHS) return 2;
  for (int month = 0; month <= m.months; month++)
    m.levels[month] = exp(log(spot) + deviation * expm1(-reversion * month / 12) + drift * month / 12);
  build_ziggurat();
  struct timespec from, to;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
  double sum = 0;
  for (int block = 0; block < blocks; block++) sum += run_block(&m, seed, (uint32_t)block);
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
  printf("{\"milliseconds\":%.3f,\"mean\":%.17g}\n", (to.tv_sec - from.tv_sec) * 1e3 + (to.tv_nsec - from.tv_nsec) / 1e6,
         sum / ((double)blocks * BLOCK));
  return 0;
}
