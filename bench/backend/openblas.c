/* OpenBLAS called from C. Answers a line "M K N form repeats" on stdin with the milliseconds of each product, one line; form is nn, nt (b is
 * [N, K]) or tn (a is [K, M]). The first line says which kernels it took. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "cblas.h"

extern char *scipy_openblas_get_corename(void);
extern char *scipy_openblas_get_config(void);
extern void scipy_openblas_set_num_threads(int);

static double milliseconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e3 + t.tv_nsec * 1e-6;
}

static float *filled(size_t count) {
  float *values = aligned_alloc(64, (count * sizeof(float) + 63) / 64 * 64);
  for (size_t i = 0; i < count; i++) values[i] = (float)((i * 2654435761u) >> 8 & 0xffff) / 65536 - 0.5f;
  return values;
}

int main(int argc, char **argv) {
  scipy_openblas_set_num_threads(argc > 1 ? atoi(argv[1]) : 2);
  printf("{\"kernels\": \"%s\", \"config\": \"%s\"}\n", scipy_openblas_get_corename(), scipy_openblas_get_config());
  fflush(stdout);
  int m, k, n, repeats;
  char form[3];
  while (scanf("%d %d %d %2s %d", &m, &k, &n, form, &repeats) == 5) {
    float *a = filled((size_t)m * k), *b = filled((size_t)k * n), *c = filled((size_t)m * n);
    const int ta = form[0] == 't', tb = form[1] == 't';
    printf("{\"ms\": [");
    for (int i = -2; i < repeats; i++) {
      const double begin = milliseconds();
      scipy_cblas_sgemm(CblasRowMajor, ta ? CblasTrans : CblasNoTrans, tb ? CblasTrans : CblasNoTrans, m, n, k, 1, a, ta ? m : k, b, tb ? k : n, 0,
                        c, n);
      const double took = milliseconds() - begin;
      if (i >= 0) printf("%s%.6f", i ? ", " : "", took);
    }
    printf("]}\n");
    fflush(stdout);
    free(a);
    free(b);
    free(c);
  }
  return 0;
}
