"""Flow matching: the loss, the way along a field, guidance, and that it learns where points are."""

import pytest
import torch
from torch import nn

from core.synthetic.generator.flow import flow_loss, follow, guided, random_times


def test_the_loss_is_that_of_straight_lines():
    latents, noise = torch.randn(6, 2), torch.randn(6, 2)
    times = torch.rand(6)
    calls = []

    def right(x, t):
        calls.append((x, t))
        return latents - noise

    assert float(flow_loss(right, latents, noise, times)) == 0
    ((x, t),) = calls
    assert torch.allclose(x, (1 - t[:, None]) * noise + t[:, None] * latents)
    off = flow_loss(lambda x, t: latents - noise + 2, latents, noise, times)
    assert float(off) == pytest.approx(4)


@pytest.mark.parametrize("steps", [1, 2, 7])
def test_a_straight_way_is_followed_exactly(steps):
    start, end = torch.randn(5, 3), torch.randn(5, 3)
    assert torch.allclose(follow(lambda x, t: end - start, start, steps), end, atol=1e-5)


def test_heun_is_of_second_order():
    start = torch.ones(1, 1, dtype=torch.float64)
    errors = [abs(float(follow(lambda x, t: x, start, steps)) - 2.718281828) for steps in (20, 40)]
    # The last step is Euler's, whose error falls with the square of one step too.
    assert errors[0] / errors[1] == pytest.approx(4, rel=0.3)


def test_guidance_leads_away_from_any_kind():
    def network(x, t, conditions):
        return conditions.float()[:, None] * torch.ones_like(x)

    x, t, conditions = torch.zeros(2, 1), torch.zeros(2), torch.tensor([1, 2])
    plain = guided(network, conditions, 7, 1.0)(x, t)
    assert plain.flatten().tolist() == [1, 2]
    strong = guided(network, conditions, 7, 3.0)(x, t)
    assert strong.flatten().tolist() == [7 + 3 * (1 - 7), 7 + 3 * (2 - 7)]
    assert guided(network, conditions, 7, 0.0)(x, t).flatten().tolist() == [7, 7]


def test_times_lie_within_and_mostly_in_the_middle():
    torch.manual_seed(0)
    times = random_times(4000)
    assert 0 < float(times.min()) < float(times.max()) < 1
    assert float(((times > 0.25) & (times < 0.75)).float().mean()) > 0.6


class _Small(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Linear(5, 64), nn.SiLU(), nn.Linear(64, 64), nn.SiLU(), nn.Linear(64, 2))

    def forward(self, x, t, conditions):
        return self.body(torch.cat([x, t[:, None], nn.functional.one_hot(conditions, 2).float()], dim=1))


def test_it_learns_a_distribution_with_two_kinds():
    torch.manual_seed(0)
    centres = torch.tensor([[4.0, 0.0], [-4.0, 2.0]])
    net = _Small()
    optimizer = torch.optim.Adam(net.parameters(), lr=5e-3)
    for _ in range(500):
        conditions = torch.randint(2, (256,))
        points = centres[conditions] + 0.5 * torch.randn(256, 2)
        loss = flow_loss(
            lambda x, t, conditions=conditions: net(x, t, conditions), points, torch.randn(256, 2), random_times(256)
        )
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    for condition, centre in enumerate(centres):
        conditions = torch.full((500,), condition)
        made = follow(guided(net, conditions, 2, 1.0), torch.randn(500, 2), 20)
        assert torch.allclose(made.mean(0), centre, atol=0.25)
        assert torch.allclose(made.std(0), torch.tensor([0.5, 0.5]), atol=0.2)
