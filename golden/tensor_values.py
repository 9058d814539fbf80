"""How golden files write tensors. Needs no library of its own. Imported by golden/convert.py, models_*.py and torch_checkpoints.py."""


def floats(t):
    """Values as float64, which every narrower type's are."""
    return [float(x) for x in t.detach().double().flatten()]


def short(t):
    """The shortest decimals that are the same float32."""
    return [float(str(v)) for v in t.detach().float().flatten().numpy()]


def tensor(t):
    return {"shape": list(t.shape), "values": t.detach().flatten().tolist()}


def short_tensor(t):
    return {"shape": list(t.shape), "values": short(t)}


def finite(x):
    """A number, or, of an infinity, which JSON has no number for, its name."""
    return {float("inf"): "Infinity", float("-inf"): "-Infinity"}.get(x, x)
