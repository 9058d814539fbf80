// The addon's door: configuration, memory, and the functions of each topic in bindings/.
#include "args.h"
#include "isa.h"
#include "keep-loaded.h"
#include "openblas.h"
#include "threads.h"

namespace rsdix {

/// The number in src/addon.ts, raised when a function's arguments change.
constexpr int ABI = 1;

void registerAdamW(Napi::Env env, Napi::Object exports);
void registerAttention(Napi::Env env, Napi::Object exports);
void registerCachedAttention(Napi::Env env, Napi::Object exports);
void registerElementwise(Napi::Env env, Napi::Object exports);
void registerEmbedding(Napi::Env env, Napi::Object exports);
void registerLayerNorm(Napi::Env env, Napi::Object exports);
void registerLinear(Napi::Env env, Napi::Object exports);
void registerMovement(Napi::Env env, Napi::Object exports);
void registerProduct(Napi::Env env, Napi::Object exports);
void registerReduce(Napi::Env env, Napi::Object exports);
void registerRows(Napi::Env env, Napi::Object exports);
void registerSoftmax(Napi::Env env, Napi::Object exports);

/// configure(threads) -> {threads, isa, openblas, core}: what is in force; the first call in a process sets the number of threads.
static Napi::Value configure(const Napi::CallbackInfo& info) {
  const Args args(info);
  const int64_t threads = args.size(0);
  if (threads < 1 || threads > 64) args.raise("threads must be between 1 and 64");
  keepLoaded();
  scipy_openblas_set_num_threads(1);  // the pool splits products itself; a second pool would oversubscribe the cores
  Napi::Object result = Napi::Object::New(info.Env());
  result.Set("threads", setThreadCount(static_cast<int>(threads)));
  result.Set("isa", isaName());
  result.Set("openblas", scipy_openblas_get_config());
  result.Set("core", scipy_openblas_get_corename());
  return result;
}

static Napi::Object init(Napi::Env env, Napi::Object exports) {
  exports.Set("abi", Napi::Number::New(env, ABI));
  exports.Set("configure", Napi::Function::New(env, configure, "configure"));
  registerAdamW(env, exports);
  registerAttention(env, exports);
  registerCachedAttention(env, exports);
  registerElementwise(env, exports);
  registerEmbedding(env, exports);
  registerLayerNorm(env, exports);
  registerLinear(env, exports);
  registerMovement(env, exports);
  registerProduct(env, exports);
  registerReduce(env, exports);
  registerRows(env, exports);
  registerSoftmax(env, exports);
  return exports;
}

}  // namespace rsdix

static Napi::Object initModule(Napi::Env env, Napi::Object exports) { return rsdix::init(env, exports); }
NODE_API_MODULE(rsdix, initModule)
