"""Is it the processor's instructions for bfloat16 that make it fast?

The layer of scaling_precision, in a process of its own in which oneDNN may use all
instructions, or none of those for bfloat16 (``ONEDNN_MAX_CPU_ISA``). Processor time,
the least of five calls, as the logarithm to base 10 of milliseconds.

Used by ``33-scaling``.
"""

import json
import os
import subprocess
import sys

GRID = [
    {"H": H, "B": B, "way": way, "allowed": allowed}
    for H, B in ((64, 16), (256, 64))
    for way in ("float32", "bfloat16")
    for allowed in ("all", "AVX512_CORE_VNNI")
]
SEEDS = range(3)
TOLERANCE = {"log10_ms": 0.8}


def timed(H, B, way, seed):
    import torch
    from _scaling import least, log10
    from _settled import keep_freed_memory

    torch.set_num_threads(1)
    torch.manual_seed(seed)
    keep_freed_memory()
    lstm, x = torch.nn.LSTM(H, H, batch_first=True), torch.randn(B, 8, H)

    def once():
        lstm.zero_grad()
        with torch.autocast("cpu", torch.bfloat16, enabled=way == "bfloat16"):
            lstm(x)[0].square().mean().backward()

    return {"log10_ms": log10(least(once, 5))}


def run(setting, seed):
    given = {name: setting[name] for name in ("H", "B", "way")} | {"seed": seed}
    env = {k: v for k, v in os.environ.items() if k != "ONEDNN_MAX_CPU_ISA"}
    if setting["allowed"] != "all":
        env["ONEDNN_MAX_CPU_ISA"] = setting["allowed"]
    command = [sys.executable, __file__, json.dumps(given)]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


if __name__ == "__main__":
    print(json.dumps(timed(**json.loads(sys.argv[1]))))
