"""Reads an annotation as a program without a library would. Answers JSON lines as answer.mjs.

    python json_loader.py FILE
"""

import json
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../backend"))
from process_bytes import peak_bytes  # noqa: E402

print("{}", flush=True)
for line in sys.stdin:
    begin = time.perf_counter()
    with open(sys.argv[1], encoding="utf-8") as file:
        data = json.load(file)
    ms = (time.perf_counter() - begin) * 1e3
    print(json.dumps({"ms": [ms], "peakBytes": peak_bytes()}), flush=True)
