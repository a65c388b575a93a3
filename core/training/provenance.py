"""What decides on a run's numbers beside its recipe: packages and the machine."""

import importlib.metadata
import platform
from pathlib import Path

import torch


def versions() -> dict[str, str]:
    """Of Python and of the packages that decide on the numbers."""
    names = ("torch", "torchvision", "numpy", "pillow", "scikit-learn")
    return {"python": platform.python_version()} | {name: importlib.metadata.version(name) for name in names}


def hardware(device: torch.device) -> str:
    """The processor that trained, in a few words."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return f"CPU, {torch.get_num_threads()} threads"


def processor() -> str:
    """The processor's own name where the system tells it, as Linux does, else its kind."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        lines = []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor() or platform.machine()
