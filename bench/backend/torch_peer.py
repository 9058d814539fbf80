"""PyTorch, timed. Answers a JSON line {"workload", "repeats"} on stdin with {"ms": [...], ...}; `--row NAME --memory` is for a process of its own."""
import json
import os
import sys
import time

import torch
import torch.nn.functional as F
from numbers_ import INPUTS, Numbers
from process_bytes import peak_bytes

SCALE = 0.035
# How the models' attention is written: "sdpa" for F.scaled_dot_product_attention, which is a little faster here, or "softmax".
MIX = os.environ.get("TORCH_MIX", "sdpa")
# "cuda" to compare with WebGPU.
DEVICE = os.environ.get("TORCH_DEVICE", "cpu")
torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "2")))
torch.set_num_interop_threads(1)


class Maker:
    def __init__(self, trainable):
        self.numbers, self.trainable, self.weights = Numbers(), trainable, []

    def keep(self, tensor):
        kept = tensor.to(DEVICE).requires_grad_(self.trainable)
        self.weights.append(kept)
        return kept

    def weight(self, *shape):
        return self.keep(torch.from_numpy(self.numbers.floats(shape, SCALE)))

    def matrix(self, k, m):
        """[m, k], as F.linear takes it, with the values of [k, m]."""
        return self.keep(torch.from_numpy(self.numbers.floats((k, m), SCALE)).t().contiguous())

    def norm(self, n):
        return self.keep(torch.ones(n)), self.weight(n)

    def dense(self, k, m):
        return self.matrix(k, m), self.weight(m)

    def block(self, d):
        return dict(norm1=self.norm(d), qkv=self.dense(d, 3 * d), out=self.dense(d, d), norm2=self.norm(d), up=self.dense(d, 4 * d), down=self.dense(4 * d, d))

    def vit(self, d=768, layers=12):
        return dict(
            patch=self.matrix(3072, d), first=self.weight(1, d), positions=self.weight(50, d), norm=self.norm(d),
            blocks=[self.block(d) for _ in range(layers)], last=self.norm(d), projection=self.matrix(d, 512),
        )

    def text(self, d=512, layers=12):
        return dict(
            table=self.weight(49408, d), positions=self.weight(77, d), blocks=[self.block(d) for _ in range(layers)], last=self.norm(d),
            projection=self.matrix(d, 512),
        )


def norm(x, p):
    return F.layer_norm(x, (x.shape[-1],), *p)


def block(p, x, heads, causal):
    b, t, d = x.shape
    q, k, v = F.linear(norm(x, p["norm1"]), *p["qkv"]).view(b, t, 3, heads, d // heads).permute(2, 0, 3, 1, 4)
    if MIX == "sdpa":
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=causal)
    else:
        scores = q @ k.transpose(-1, -2) * (d // heads) ** -0.5
        if causal:
            scores = scores + torch.full((t, t), float("-inf")).triu(1)
        mixed = scores.softmax(-1) @ v
    mixed = mixed.transpose(1, 2).reshape(b, t, d)
    x = x + F.linear(mixed, *p["out"])
    u = F.linear(norm(x, p["norm2"]), *p["up"])
    return x + F.linear(u * torch.sigmoid(1.702 * u), *p["down"])


def vit(m, images):
    b = images.shape[0]
    patches = images.view(b * 7, 32, 7, 96).transpose(1, 2).reshape(b, 49, 3072)
    x = torch.cat([m["first"].expand(b, 1, -1), F.linear(patches, m["patch"])], 1) + m["positions"]
    x = norm(x, m["norm"])
    for p in m["blocks"]:
        x = block(p, x, 12, False)
    return F.linear(norm(x[:, 0], m["last"]), m["projection"])


def text(m, ids):
    x = F.embedding(ids, m["table"]) + m["positions"]
    for p in m["blocks"]:
        x = block(p, x, 8, True)
    return F.linear(norm(x[:, -1], m["last"]), m["projection"])


def images_of(b):
    return torch.from_numpy(Numbers(INPUTS).floats((b, 224, 224, 3), 1.0)).to(DEVICE)


def attention(sdpa):
    numbers = Numbers(INPUTS)
    q, k, v = (torch.from_numpy(numbers.floats((8, 12, 50, 64), 1.0)).to(DEVICE).requires_grad_() for _ in range(3))
    dy = torch.from_numpy(numbers.floats((8, 12, 50, 64), 1.0)).to(DEVICE)

    def run():
        q.grad = k.grad = v.grad = None
        out = F.scaled_dot_product_attention(q, k, v) if sdpa else (q @ k.transpose(-1, -2) * 0.125).softmax(-1) @ v
        out.backward(dy)
        return None

    def check():
        run()
        return float(q.grad[0, 0, 0, 0]), float(v.grad[7, 11, 49, 63])

    return run, check


def forward(b):
    model, images = Maker(False).vit(), images_of(b)

    def run():
        with torch.inference_mode():
            return vit(model, images)

    return run, lambda: [float(x) for x in run()[-1, :4]]


def training(b):
    maker = Maker(True)
    image, caption = maker.vit(), maker.text()
    scale = maker.keep(torch.tensor([1.0]))
    images = images_of(b)
    ids = torch.from_numpy(Numbers(INPUTS + 2**28).ids((b, 77), 49408)).to(DEVICE)
    targets = torch.arange(b, device=DEVICE)
    optimizer = torch.optim.AdamW(maker.weights, lr=1e-4, eps=1e-8, weight_decay=0.01, fused=True)

    def run():
        optimizer.zero_grad(set_to_none=True)
        logits = F.normalize(vit(image, images), dim=-1) @ F.normalize(text(caption, ids), dim=-1).t() * scale.exp()
        loss = (F.cross_entropy(logits, targets) + F.cross_entropy(logits.t(), targets)) / 2
        loss.backward()
        optimizer.step()
        return loss.item()

    return run, lambda: [run(), run()]


def product(name):
    shapes = {"512": (512, 512, 512), "1024": (1024, 1024, 1024), "400": (400, 768, 3072), "1600": (1600, 768, 3072)}
    _, size, *form = name.split("-")
    m, k, n = shapes[size]
    x, w, dz = (torch.rand(*shape, device=DEVICE) for shape in ((m, k), (k, n), (m, n)))
    run = {"": lambda: x @ w, "dx": lambda: dz @ w.t(), "dw": lambda: x.t() @ dz}[form[0] if form else ""]
    return run, lambda: []


WORKLOADS = {
    "attention": lambda: attention(False),
    "attention-sdpa": lambda: attention(True),
    "vit-b1": lambda: forward(1),
    "vit-b8": lambda: forward(8),
    "vit-b64": lambda: forward(64),
    "train-b8": lambda: training(8),
    "train-b32": lambda: training(32),
}


def main():
    kernels = torch.backends.cpu.get_cpu_capability()
    # Seen with perf: mkl_blas_avx512_sgemm_kernel_0 with the preload, mkl_blas_def_sgemm_kernel_0_zen (AVX2) without it on AMD.
    mkl = "its avx512 kernels" if "mkl-avx512" in os.environ.get("LD_PRELOAD", "") else "what it chooses: on AMD its zen kernels, AVX2"
    print(json.dumps({"kernels": f"MKL {mkl}; ATen {kernels}", "threads": torch.get_num_threads(), "version": torch.__version__}), flush=True)
    ready = {}
    for line in sys.stdin:
        request = json.loads(line)
        name = request["workload"]
        answer = {}
        if name not in ready:
            ready[name], check = product(name) if name.startswith("sgemm") else WORKLOADS[name]()
            answer["check"] = check()
        took = []
        for i in range(-request["warm"], request["repeats"]):
            begin = time.perf_counter()
            ready[name]()
            if DEVICE == "cuda":
                torch.cuda.synchronize()
            if i >= 0:
                took.append((time.perf_counter() - begin) * 1e3)
        answer.update(ms=took, peakBytes=peak_bytes())
        print(json.dumps(answer), flush=True)


main()
