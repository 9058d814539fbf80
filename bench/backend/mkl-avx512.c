/* MKL gives processors of other makers its AVX2 kernels. Preloaded, this lets PyTorch's MKL take the AVX-512 ones that the processor has, as
 * OpenBLAS and onnxruntime do: the same kernel class on both sides. */
int mkl_serv_intel_cpu_true(void) { return 1; }
