"""The peer: torchvision's transforms on Pillow in a DataLoader with worker processes, kept from epoch to epoch. Answers JSON lines as answer.mjs.

    python torch_loader.py IMAGES BATCH WORKERS
"""

import json
import os
import resource
import sys
import time
from pathlib import Path

import torch
from PIL import Image
from torchvision import transforms

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../backend"))
from process_bytes import peak_bytes  # noqa: E402

TOP, BATCH, WORKERS = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
MEAN = (0.48145466, 0.4578275, 0.40821073)
STD = (0.26862954, 0.26130258, 0.27577711)


class Pictures(torch.utils.data.Dataset):
    def __init__(self, folder):
        self.files = sorted(Path(folder).glob("*.jpg"))
        self.transform = transforms.Compose(
            [
                transforms.Resize(224, interpolation=transforms.InterpolationMode.BICUBIC),
                transforms.CenterCrop(224),
                transforms.ToTensor(),
                transforms.Normalize(MEAN, STD),
            ]
        )

    def __len__(self):
        return len(self.files)

    def __getitem__(self, index):
        return self.transform(Image.open(self.files[index]).convert("RGB"))


def loader(side):
    return torch.utils.data.DataLoader(Pictures(f"{TOP}/jpeg-{side}"), batch_size=BATCH, num_workers=WORKERS, persistent_workers=WORKERS > 0)


def main():
    say = lambda answer: print(json.dumps(answer), flush=True)
    say({})
    ready = {}
    for line in sys.stdin:
        request = json.loads(line)
        kind, side = request["workload"].split("-")
        answer = {}
        if kind == "epoch" and side not in ready:
            ready[side] = loader(side)
            first = ready[side].dataset[0].flatten()
            answer["check"] = first[::97].tolist()
        answer["ms"] = []
        for i in range(-request["warm"], request["repeats"]):
            begin = time.perf_counter()
            batches = loader(side) if kind == "first" else ready[side]
            for batch in batches:
                if kind == "first":
                    break
            if i >= 0:
                answer["ms"].append((time.perf_counter() - begin) * 1e3)
        workers = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
        answer["peakBytes"] = max(peak_bytes(), workers)
        say(answer)


if __name__ == "__main__":
    main()
