"""The most memory that this process held, in bytes: on Linux as the system has it of the program alone, as ../process-bytes.mjs says."""

import re
import resource
from pathlib import Path


def peak_bytes() -> int:
    try:
        return int(re.search(r"^VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text(), re.M)[1]) * 1024
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
