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
from core.differential.reference_intervals import ReferenceInterval, references
from core.differential.smear import Smear
from core.reports.tables import sentences
from core.wording import SPACE

LOINC = "http://loinc.org"
UCUM = "http://unitsofmeasure.org"
PANEL = ("69738-3", "Differential panel, method unspecified - Blood")
CODES: dict[str, tuple[str, str]] = {
    "neutrophil": ("26511-6", "Neutrophils/100 leukocytes in Blood"),
    "lymphocyte": ("26478-8", "Lymphocytes/100 leukocytes in Blood"),
    "monocyte": ("26485-3", "Monocytes/100 leukocytes in Blood"),
    "eosinophil": ("26450-7", "Eosinophils/100 leukocytes in Blood"),
    "basophil": ("30180-4", "Basophils/100 leukocytes in Blood"),
    "ig": ("38518-7", "Immature granulocytes/100 leukocytes in Blood"),
}
NUCLEATED = ("19048-8", "Nucleated erythrocytes/100 leukocytes [Ratio] in Blood")
_FLAGS: dict[Flag, tuple[str, str]] = {"above": ("H", "High"), "below": ("L", "Low"), "within": ("N", "Normal")}
_INTERPRETATION = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
_NOT_GIVEN: dict[str, Any] = {
    "coding": [
        {
            "system": "http://terminology.hl7.org/CodeSystem/data-absent-reason",
            "code": "not-permitted",
            "display": "Not Permitted",
        }
    ],
    "text": "The count does not meet the preconditions of a differential; the conclusion of the report says which.",
}
"""In place of a percentage that the gate withholds."""
_SPACE = uuid.UUID("6f1a0d1e-7a5b-5c1c-9f0e-5f3a4f6a2b11")


def as_fhir(smear: Smear, count: Differential) -> str:
    """The bundle as a JSON file."""
    return json.dumps(bundle(smear, count), ensure_ascii=False, indent=1) + "\n"


def bundle(smear: Smear, count: Differential) -> dict[str, Any]:
    """A collection: the report, its observations, and the models as a device."""
    device = _device(smear)
    observations = list(_observations(smear, count))
    report = _report(smear, count, [_url(smear, entry["code"]["coding"][0]["code"]) for entry in observations])
    resources = [(_url(smear, "report"), report), (_url(smear, "device"), device)]
    resources += [(_url(smear, entry["code"]["coding"][0]["code"]), entry) for entry in observations]
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
        "code": _code(*PANEL),
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
            CODES[row.key],
            _quantity(100 * row.judged.value, "%", "%") if count.gate.shows("open") else None,
            components=_components(row, count),
            reference=_range(row.reference, "%"),
            flag=row.flag,
        )
    if count.per_100_white is not None and math.isfinite(count.per_100_white.value):
        figure = count.per_100_white
        unit = ("/100 WBC", "/100{WBCs}")
        parts = [
            _part("Cells counted", {"valueInteger": count.erythroblasts}),
            _part("95 % interval of the value", _range_of(figure.low, figure.high, unit)),
        ]
        yield _observation(smear, NUCLEATED, _quantity(figure.value, *unit), components=parts)


def _observation(
    smear: Smear,
    code: tuple[str, str],
    value: dict[str, Any] | None,
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
        "code": _code(*code),
        "effectiveDateTime": _when(smear),
        **({"valueQuantity": value} if value else {"dataAbsentReason": _NOT_GIVEN}),
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
    return [_part(text, _component(value)) for text, value in row_codes(row, count).items()]


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
