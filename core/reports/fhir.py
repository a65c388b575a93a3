"""A differential as an HL7 FHIR R4 bundle: a DiagnosticReport with its Observations, of nobody in particular.

The LOINC codes are those that leave the method open, since a count from pictures is neither automated (an
analyser's) nor manual. No Patient, no Specimen: whoever files the bundle adds them.
"""

import base64
import json
import math
import uuid
from collections.abc import Iterator
from typing import Any

import core
from core.differential import wording
from core.differential.columns import Coded, row_codes
from core.differential.counts import Differential, DifferentialRow, Flag
from core.differential.limits import outward
from core.differential.parting import CellRatio, TypeRow
from core.differential.reference_intervals import ReferenceInterval, references
from core.differential.smear import Smear
from core.evaluation.intervals import Interval
from core.reports.tables import sentences
from core.wording import SPACE

LOINC = "http://loinc.org"
UCUM = "http://unitsofmeasure.org"
PANEL = ("69738-3", "Differential panel, method unspecified - Blood")
MARROW_PANEL = "Differential count of nucleated cells in bone marrow"
CODES: dict[str, tuple[str, str]] = {
    "neutrophil": ("26511-6", "Neutrophils/100 leukocytes in Blood"),
    "lymphocyte": ("26478-8", "Lymphocytes/100 leukocytes in Blood"),
    "monocyte": ("26485-3", "Monocytes/100 leukocytes in Blood"),
    "eosinophil": ("26450-7", "Eosinophils/100 leukocytes in Blood"),
    "basophil": ("30180-4", "Basophils/100 leukocytes in Blood"),
    "ig": ("38518-7", "Immature granulocytes/100 leukocytes in Blood"),
}
MYELOID_TO_ERYTHROID = ("11138-5", "Myeloid cells/Erythroid cells [# Ratio] in Bone marrow")
NUCLEATED = ("19048-8", "Nucleated erythrocytes/100 leukocytes [Ratio] in Blood")
_FLAGS: dict[Flag, tuple[str, str]] = {"above": ("H", "High"), "below": ("L", "Low"), "within": ("N", "Normal")}
_INTERPRETATION = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
NOT_PARTED = "Not every cell of its class was told apart."


def _absent(code: str, display: str, text: str) -> dict[str, Any]:
    """In place of a value."""
    system = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
    return {"dataAbsentReason": {"coding": [{"system": system, "code": code, "display": display}], "text": text}}


_WITHHELD = _absent(
    "not-permitted",
    "Not Permitted",
    "The count does not meet the preconditions of a differential; the conclusion of the report says which.",
)
"""In place of a percentage that the gate withholds."""
_SPACE = uuid.UUID("6f1a0d1e-7a5b-5c1c-9f0e-5f3a4f6a2b11")


def as_fhir(smear: Smear, count: Differential) -> str:
    """The bundle as a JSON file."""
    return json.dumps(bundle(smear, count), ensure_ascii=False, indent=1) + "\n"


def bundle(smear: Smear, count: Differential) -> dict[str, Any]:
    """A collection: the report, its observations, and the models as a device."""
    device = _device(smear)
    observations = list(_observations(smear, count))
    urls = [_url(smear, _word_of(entry["code"])) for entry in observations]
    report = _report(smear, count, urls)
    resources = [(_url(smear, "report"), report), (_url(smear, "device"), device)]
    resources += list(zip(urls, observations, strict=True))
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "timestamp": _when(smear),
        "identifier": {"system": "urn:ietf:rfc:3986", "value": _url(smear, "bundle")},
        "entry": [{"fullUrl": url, "resource": resource} for url, resource in resources],
    }


def _url(smear: Smear, part: str) -> str:
    """The same for the same count, so that sending it twice makes no second one."""
    return f"urn:uuid:{uuid.uuid5(_SPACE, f'{smear.identifier} {_when(smear)} {part}')}"


def _when(smear: Smear) -> str:
    return smear.made.isoformat(timespec="seconds")


def _report(smear: Smear, count: Differential, results: list[str]) -> dict[str, Any]:
    text = " ".join([wording.INTENDED_USE, *sentences(smear, count)])
    return {
        "resourceType": "DiagnosticReport",
        # Nobody signs it, and it is never more than a machine's count with a person's corrections.
        "status": "preliminary",
        "identifier": [{"value": smear.identifier}],
        "category": [
            {
                "coding": [
                    {"system": "http://terminology.hl7.org/CodeSystem/v2-0074", "code": "HM", "display": "Hematology"}
                ]
            }
        ],
        "code": {"text": MARROW_PANEL} if smear.marrow else _code(*PANEL),
        "effectiveDateTime": _when(smear),
        "issued": _when(smear),
        **({"performer": [{"display": smear.by}]} if smear.by else {}),
        "result": [{"reference": url} for url in results],
        "conclusion": text.replace(SPACE, " "),
        "presentedForm": [{"contentType": "text/plain", "language": "en-GB", "data": _base64(text)}],
    }


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _device(smear: Smear) -> dict[str, Any]:
    versions = [{"value": f"Smearlens {core.__version__}"}]
    versions += [{"value": f"{model.role}: {model.name}, sha256 {model.sha256 or 'none'}"} for model in smear.models]
    return {
        "resourceType": "Device",
        "deviceName": [{"name": "Smearlens", "type": "user-friendly-name"}],
        "version": versions,
        "note": [{"text": wording.INTENDED_USE}],
    }


def _observations(smear: Smear, count: Differential) -> Iterator[dict[str, Any]]:
    if not count.gate.shows("counts"):
        return
    for row in count.rows:
        yield _observation(
            smear,
            _share_code(smear, count, row.key),
            _percent(row.judged.value) if count.gate.shows("open") else _WITHHELD,
            components=_components(row, count),
            reference=_range(row.reference, "%"),
            flag=row.flag,
        )
    for part in count.parts:
        if part.key != part.parent:
            value = _percent(part.share.value) if part.share else _absent("unknown", "Unknown", NOT_PARTED)
            value = value if count.gate.shows("open") else _WITHHELD
            yield _observation(smear, _share_code(smear, count, part.key), value, components=_part_components(part))
    for ratio in count.ratios:
        if ratio.figure is not None:
            yield _ratio(smear, ratio, ratio.figure)
    if count.per_100_white is not None and math.isfinite(count.per_100_white.value):
        figure = count.per_100_white
        unit = ("/100 WBC", "/100{WBCs}")
        parts = [
            _part("Cells counted", {"valueInteger": count.erythroblasts}),
            _part("95 % interval of the value", _range_of(figure.low, figure.high, unit)),
        ]
        value = {"valueQuantity": _quantity(figure.value, *unit)}
        yield _observation(smear, _code(*NUCLEATED), value, components=parts)


def _share_code(smear: Smear, count: Differential, key: str) -> dict[str, Any]:
    """Of the share of a class or type: LOINC has codes of blood; without one, it is said in words."""
    name, own = smear.vocabulary[key].name, smear.types.get(key)
    if smear.marrow or (key not in CODES and not (own and own.loinc)):
        return {"text": f"{name}, share of {count.noun}s"}
    if key in CODES:
        return _code(*CODES[key])
    return {"coding": [{"system": LOINC, "code": own.loinc}] if own else [], "text": name}


def _part_components(part: TypeRow) -> list[dict[str, Any]]:
    """Of a type within its class: a person named them all, and no percentage is given, only what chance leaves."""
    components = [_component_of("Cells counted", part.cells), _component_of("Cells named by a person", part.cells)]
    limits = "Exact binomial 95 % limits of its share, rounded outward"
    return [*components, *([_component_of(limits, outward(part.share))] if part.share else [])]


def _ratio(smear: Smear, ratio: CellRatio, figure: Interval) -> dict[str, Any]:
    marrow = ratio.kind == "myeloid to erythroid"
    code = _code(*MYELOID_TO_ERYTHROID) if marrow else {"text": "Immature to total neutrophils"}
    unit = ("1", "1")
    parts = [_component_of(text, cells) for text, cells in (("Cells above", ratio.upper), ("Cells below", ratio.lower))]
    parts += [_component_of("Cells named by a person", ratio.by_person)]
    parts += [_part("Exact binomial 95 % interval of the value", _range_of(figure.low, figure.high, unit))]
    return _observation(smear, code, {"valueQuantity": _quantity(figure.value, *unit)}, components=parts)


def _component_of(text: str, value: Coded) -> dict[str, Any]:
    return _part(text, _component(value))


def _observation(
    smear: Smear,
    code: dict[str, Any],
    value: dict[str, Any],
    *,
    components: list[dict[str, Any]],
    reference: list[dict[str, Any]] | None = None,
    flag: Flag = "not known",
) -> dict[str, Any]:
    observation: dict[str, Any] = {
        "resourceType": "Observation",
        "status": "preliminary",
        "category": [
            {
                "coding": [
                    {
                        "system": "http://terminology.hl7.org/CodeSystem/observation-category",
                        "code": "laboratory",
                        "display": "Laboratory",
                    }
                ]
            }
        ],
        "code": code,
        "effectiveDateTime": _when(smear),
        **value,
        "method": {"text": "Count of cells in photos of a stained smear by a neural network; research use only"},
        "device": {"reference": _url(smear, "device")},
        "component": components,
    }
    if reference:
        observation["referenceRange"] = reference
    if flag in _FLAGS:
        letter, name = _FLAGS[flag]
        observation["interpretation"] = [{"coding": [{"system": _INTERPRETATION, "code": letter, "display": name}]}]
    return observation


def _components(row: DifferentialRow, count: Differential) -> list[dict[str, Any]]:
    return [_component_of(text, value) for text, value in row_codes(row, count).items()]


def _component(value: Coded) -> dict[str, Any]:
    if isinstance(value, int):
        return {"valueInteger": value}
    if isinstance(value, tuple):
        return _range_of(*value, ("%", "%"))
    return {"valueQuantity": _quantity(value, "%", "%")}


def _range_of(low: float, high: float, unit: tuple[str, str]) -> dict[str, Any]:
    """A range, of which an end that is not finite is left out."""
    ends = {name: _quantity(end, *unit) for name, end in (("low", low), ("high", high)) if math.isfinite(end)}
    return {"valueRange": ends}


def _part(name: str, value: dict[str, Any]) -> dict[str, Any]:
    return {"code": {"text": name}, **value}


def _code(code: str, display: str) -> dict[str, Any]:
    return {"coding": [{"system": LOINC, "code": code, "display": display}]}


def _word_of(code: dict[str, Any]) -> str:
    """What tells an observation from the others: its code, else its text."""
    return str(code["coding"][0]["code"] if "coding" in code else code["text"])


def _percent(share: float) -> dict[str, Any]:
    return {"valueQuantity": _quantity(100 * share, "%", "%")}


def _quantity(value: float, unit: str, code: str) -> dict[str, Any]:
    return {"value": round(float(value), 2), "unit": unit, "system": UCUM, "code": code}


def _range(reference: ReferenceInterval | None, unit: str) -> list[dict[str, Any]] | None:
    if reference is None:
        return None
    remarks = " ".join(remark.text for remark in references().remarks)
    return [
        {
            "low": _quantity(reference.low, unit, unit),
            "high": _quantity(reference.high, unit, unit),
            "text": f"Adults. {reference.source} {remarks}",
        }
    ]
