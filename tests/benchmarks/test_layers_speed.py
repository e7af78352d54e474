"""One training step of each layer, against PyTorch: ``pytest tests/benchmarks``.

The order of the table: by kind and shape, fastest first. `make bench` prints more and
compares in a fairer way, with the contenders taking turns.
"""

import contenders
import numpy as np
import pytest


@pytest.mark.parametrize("shape", contenders.SHAPES, ids=str)
@pytest.mark.parametrize("kind", contenders.KINDS)
@pytest.mark.parametrize("contender", ["rnnbook", "torch", "tutorial"])
def test_training_step(benchmark, contender, kind, shape):
    step = getattr(contenders, contender)(kind, shape)
    expected = contenders.torch(kind, shape)()
    benchmark.group = f"{kind} {shape}"
    np.testing.assert_allclose(benchmark(step), expected, 1e-3, 1e-4)
