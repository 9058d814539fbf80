// The few functions of OpenBLAS that are used, by the names of SciPy's build of it (prefix `scipy_`, 32-bit integers).
#pragma once

extern "C" {
enum RsdixOrder { RSDIX_ROW_MAJOR = 101 };
enum RsdixTranspose { RSDIX_PLAIN = 111, RSDIX_TRANSPOSED = 112 };

void scipy_cblas_sgemm(RsdixOrder order, RsdixTranspose a, RsdixTranspose b, int m, int n, int k, float alpha, const float* A, int lda,
                       const float* B, int ldb, float beta, float* C, int ldc);
void scipy_openblas_set_num_threads(int threads);
char* scipy_openblas_get_config(void);
char* scipy_openblas_get_corename(void);
}
