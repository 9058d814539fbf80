"""The same recalls by numpy in float32, in tiles: python retrieval_peer.py <folder of the embeddings> <images> <file of the result>."""

import json
import os
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../backend"))
from process_bytes import peak_bytes  # noqa: E402

folder, count, out = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
DIM, CAPTIONS, TILE, TIE = 512, 5, 1024, 1e-6
images = np.fromfile(folder / "retrieval-images.f32", np.float32).reshape(-1, DIM)
texts = np.fromfile(folder / "retrieval-texts.f32", np.float32).reshape(-1, DIM)
begin = time.perf_counter()
images /= np.linalg.norm(images, axis=1, keepdims=True)
texts /= np.linalg.norm(texts, axis=1, keepdims=True)
owner = np.arange(len(texts)) // CAPTIONS
own = np.einsum("ij,ij->i", texts, images[owner])
best = own.reshape(count, CAPTIONS).max(1)
of_images, of_texts = np.zeros(count, np.int64), np.zeros(len(texts), np.int64)
for start in range(0, count, TILE):
    tile = images[start : start + TILE] @ texts.T
    rows = np.arange(len(tile))
    mine = owner[None, :] == (start + rows)[:, None]
    of_images[start : start + TILE] = ((tile >= best[start : start + TILE, None] - TIE) & ~mine).sum(1)
    of_texts += ((tile >= own[None, :] - TIE) & ~mine).sum(0)
recalls = [float((ranks < k).mean()) for k in (1, 5, 10) for ranks in (of_images, of_texts)]
seconds = time.perf_counter() - begin
peak = peak_bytes()
Path(out).write_text(json.dumps({"seconds": seconds, "peakBytes": peak, "recalls": recalls}))
