"""Which method comes first: Grad-CAM in its best form, with the best of the others beside it."""

import dataclasses

import pandas as pd
import pytest

from core.checkpoints import list_checkpoints
from core.evaluation.results.faithfulness import COLUMNS, Faithfulness, path_of
from core.explain.identity import identities, meaning_of
from core.explain.ranking import compared, in_order, quick_method
from core.explain.registry import methods_for
from core.inference.explaining import measured_of
from core.models.registry import ARCHITECTURES

METHODS = methods_for(ARCHITECTURES["simple_cnn"])


def measured(figures: dict[str, tuple[float, float, float]]) -> Faithfulness:
    """Ten validation cells; by method score, its swing from cell to cell, and share in the cell."""
    rows = [
        ("val", f"{cell}.png", "monocyte", method, 0.1, 0.1 + score + swing * (-1) ** cell, 0.1, inside, 0.3)
        for cell in range(10)
        for method, (score, swing, inside) in figures.items()
    ]
    return Faithfulness(pd.DataFrame(rows, columns=list(COLUMNS)), "")


def names(faithfulness: Faithfulness | None) -> list[str]:
    return [method.name for method in in_order(METHODS, faithfulness)]


def test_grad_cam_comes_first_and_the_best_other_method_beside_it() -> None:
    figures = {"grad-cam": (0.2, 0, 0.5), "grad-cam-finer": (0.4, 0, 0.7), "occlusion": (0.5, 0, 0.8)}
    figures |= {"integrated-gradients": (0.6, 0, 0.8), "eigen-cam": (0.9, 0, 0.9)}
    order = names(measured(figures))
    assert order[:4] == ["grad-cam-finer", "integrated-gradients", "eigen-cam", "occlusion"]
    assert sorted(order) == sorted(method.name for method in METHODS)


def test_of_forms_that_cells_do_not_tell_apart_the_one_that_lies_on_the_cell_is_first() -> None:
    close = {"grad-cam": (0.40, 0, 0.5), "grad-cam-elementwise": (0.38, 0.2, 0.8), "occlusion": (0.5, 0, 0.8)}
    assert names(measured(close))[0] == "grad-cam-elementwise"
    told_apart = close | {"grad-cam-elementwise": (0.2, 0.2, 0.8)}
    assert names(measured(told_apart))[0] == "grad-cam"


def test_a_form_that_is_the_same_whatever_was_learned_is_not_first() -> None:
    found = measured({"grad-cam": (0.2, 0, 0.5), "grad-cam-finer": (0.4, 0, 0.7)})
    found.table.loc[found.table["method"] == "grad-cam-finer", "alike"] = 0.9
    assert names(found)[0] == "grad-cam"


def test_where_nothing_was_measured_classic_grad_cam_is_first_with_integrated_gradients() -> None:
    assert names(None)[:2] == ["grad-cam", "integrated-gradients"]
    assert names(measured({"occlusion": (0.6, 0, 0.8)}))[:2] == ["grad-cam", "occlusion"]


@pytest.mark.parametrize("name", sorted(ARCHITECTURES))
def test_grad_cam_is_first_for_every_network_with_convolutions(name: str) -> None:
    spec = ARCHITECTURES[name]
    order = in_order(methods_for(spec), measured({"occlusion": (0.9, 0, 0.9)}))
    assert order[0].grad_cam == (spec.explain_layer is not None)
    beside = compared(order)
    assert (beside is None) == (spec.explain_layer is None)
    assert quick_method(order).quick


def test_the_difference_of_two_methods_is_of_the_same_cells() -> None:
    found = measured({"grad-cam": (0.4, 0.3, 0.5), "occlusion": (0.5, 0.3, 0.8)})
    difference = found.difference("grad-cam", "occlusion", "val")
    assert difference.value == pytest.approx(-0.1)
    assert difference.high == pytest.approx(-0.1)  # cells differ, by as much for both
    nothing = found.difference("grad-cam", "hires-cam", "val")
    assert nothing.value != nothing.value


def test_code_is_known_by_what_it_computes() -> None:
    plain = "def f(x):\n    return x + 1\n"
    assert meaning_of(plain) == meaning_of(
        '"""About."""\ndef f(x):\n    """Adds."""\n    # one\n    return (x\n + 1)\nf(2)\n'
    )
    for other in ("def f(x):\n    return x + 2\n", "def f(x):\n    return x - 1\n", "def f(x):\n    return y + 1\n"):
        assert meaning_of(plain) != meaning_of(other)


def test_an_identity_changes_with_the_layer_and_the_views_and_is_each_methods_own() -> None:
    spec = ARCHITECTURES["simple_cnn"]
    known = identities(spec, 1)
    assert len({known[method.name] for method in METHODS}) == len(METHODS)
    elsewhere = identities(dataclasses.replace(spec, explain_layer="relu1"), 1)
    assert all(known[method.name] != elsewhere[method.name] for method in METHODS)
    assert known["chance"] == elsewhere["chance"]
    assert known["chance"] != identities(spec, 8)["chance"]


def test_what_was_measured_of_the_networks_that_ship_counts_for_the_code_as_it_is() -> None:
    """A change to `core.explain` that computes the same still takes every measurement away; none was noticed once."""
    measured = [model.lead for model in list_checkpoints() if path_of(model.lead.name).is_file()]
    models = [model for model in measured if model.spec.explain_layer]
    if not models:
        pytest.skip("no checkpoints here")
    assert [model.name for model in models if measured_of(model) is None] == []
