"""Reads an annotation as a program without a library would. Answers JSON lines as answer.mjs.

    python json_loader.py FILE
"""

import json
import resource
import sys
import time

print("{}", flush=True)
for line in sys.stdin:
    begin = time.perf_counter()
    with open(sys.argv[1], encoding="utf-8") as file:
        data = json.load(file)
    ms = (time.perf_counter() - begin) * 1e3
    print(json.dumps({"ms": [ms], "peakBytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}), flush=True)
