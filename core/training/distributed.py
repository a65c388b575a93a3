"""Where a run computes: on which device, and as which of the processes that torchrun started."""

from dataclasses import dataclass

import torch
import torch.distributed as dist

from core.settings import Settings


@dataclass(frozen=True)
class Processes:
    """This process among those that torchrun started; 0 of 1 without it."""

    rank: int = 0
    world: int = 1

    @classmethod
    def join(cls) -> "Processes":
        if Settings().world_size < 2:
            return cls()
        if not dist.is_initialized():
            dist.init_process_group("nccl" if torch.cuda.is_available() else "gloo")
        return cls(dist.get_rank(), dist.get_world_size())

    def agree(self, value: float) -> float:
        """The first process's value, so that all decide alike."""
        if self.world == 1:
            return value
        shared = torch.tensor(value, dtype=torch.float64)
        if dist.get_backend() == "nccl":
            shared = shared.cuda()
        dist.broadcast(shared, 0)
        return float(shared)


def pick_device() -> torch.device:
    if torch.cuda.is_available():
        return torch.device("cuda", Settings().local_rank)
    return torch.device("cpu")
