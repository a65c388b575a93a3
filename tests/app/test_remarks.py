"""What the audit says of an image, in words."""

import pytest

from app.shared import remarks
from core.datasets.audit.remarks import AuditRemark
from core.labels import PBC8


@pytest.mark.parametrize(
    ("remark", "sentence"),
    [
        (AuditRemark("ig"), "The audit doubts this label: immature granulocyte is likelier."),
        (
            AuditRemark(other_labels=(("x/b.jpg", "neutrophil"),)),
            "The same cell has another label as b.jpg: neutrophil.",
        ),
        (AuditRemark(copies=(("x/d.jpg", "train"),)), "It is there once more as d.jpg, among the training cells."),
        (AuditRemark(copies=(("x/d.jpg", ""),)), "It is there once more as d.jpg."),
    ],
)
def test_a_remark_is_a_sentence(remark, sentence):
    assert remarks.in_words(remark, PBC8) == sentence
