"""Every published name that has changed, old to new: how runs and words of earlier versions are read.

A name stands here if it is written to a run directory or a result, or typed on a command line.
`docs/migration.md` is made of these tables.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Any

COMMANDS: Mapping[str, str] = {"mend": "complete"}
"""Commands."""

FLAGS: Mapping[str, str] = {
    "--pictures (of mend)": "--data (of complete)",
    "--doctor mend": "--doctor repair",
    "--mends": "--repairs",
    "--critic-column": "--discriminator-column",
}
"""Flags of commands."""

PRACTICES: Mapping[str, str] = {
    "critic_steps": "discriminator_steps",
    "minibatch_deviation": "minibatch_stddev",
}
"""Practices, as `--with` takes them."""

SETTINGS: Mapping[str, str] = {
    "instance_noise=deviation": "instance_noise=std",
    "loss_gate=critic": "loss_gate=discriminator",
}
"""Settings of practices, as PRACTICE=SETTING."""

KNOBS: Mapping[str, str] = {"critic": "discriminator", "deviation": "std"}
"""Parts of the dotted path of a knob: nets.D.critic.width is now nets.D.discriminator.width."""

RUN: Mapping[str, str] = {"mends": "repairs"}
"""Keys of "run" in `run.json`."""

RECORD: Mapping[str, str] = {"mended": "repairs"}
"""Keys of `run.json`."""

TERMS: Mapping[str, str] = {"slope": "penalty"}
"""Terms of losses, in `events.jsonl` and logs: D.slope is now D.penalty."""

GAUGES: Mapping[str, str] = {
    "slope_ratio": "gradient_ratio",
    "slope": "gradient",
    "weak_critic": "weak_discriminator",
}
"""Gauges of the doctor, in `events.jsonl`, `doctor/*.npz` and `diagnose --json`."""

FINDINGS: Mapping[str, str] = {
    "the critic wins": "the discriminator wins",
    "the critic is lost": "the discriminator loses",
    "the critic says nothing": "the discriminator is uninformative",
    "the critic learns the data by heart": "the discriminator memorises the data",
}
"""What the doctor finds."""

RESULTS: Mapping[str, str] = {"mended/": "completed/", "pictures (of mend)": "files"}
"""Keys and folders of results."""

TABLES: Mapping[str, Mapping[str, str]] = {
    "command": COMMANDS,
    "flag": FLAGS,
    "practice": PRACTICES,
    "setting of a practice": SETTINGS,
    "part of a knob's path": KNOBS,
    "key of `run` in run.json": RUN,
    "key of run.json": RECORD,
    "term of a loss": TERMS,
    "gauge": GAUGES,
    "finding": FINDINGS,
    "key or folder of results": RESULTS,
}
"""All of them, by kind."""


def practice(word: str) -> str:
    """Return a practice, in the form NAME[=VALUE,...], with old names replaced by the present ones.

    The names of the practice and of its settings are replaced: "critic_steps=2" becomes
    "discriminator_steps=2".
    """
    name, equals, rest = word.partition("=")
    parts = []
    for part in rest.split(","):
        key, is_named, value = part.partition("=")
        present = SETTINGS.get(f"{name}={key}", "").partition("=")[2] or key
        parts.append(f"{present}{is_named}{value}")
    return f"{PRACTICES.get(name, name)}{equals}{','.join(parts)}"


def knobs(settings: Mapping[str, Any], known: Container[str]) -> dict[str, Any]:
    """Return settings of knobs, keyed by dotted path, with old parts of paths replaced by the present ones.

    A path in `known`, the paths of the recipe's knobs, is not changed: a user's own recipe may have a knob
    whose name is one of our old ones.
    """
    return {path if path in known else _present(path): value for path, value in settings.items()}


def _present(path: str) -> str:
    return ".".join(KNOBS.get(part, part) for part in path.split("."))


def record(body: dict[str, Any]) -> dict[str, Any]:
    """Return the content of a `run.json` of an earlier version with the present names.

    Keys, practices, the doctor's mode and repairs are renamed; knobs are not.
    """
    body = {RECORD.get(key, key): value for key, value in body.items()}
    run = {RUN.get(key, key): value for key, value in body["run"].items()}
    run["practice"] = [practice(word) for word in run.get("practice", ())]
    if run.get("doctor") == "mend":
        run["doctor"] = "repair"
    repairs = [{**one, "practice": practice(one["practice"])} for one in body.get("repairs", ())]
    return {**body, "run": run, "repairs": repairs}


def event(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row of `events.jsonl` of an earlier version with the present names.

    Those are the names of terms, gauges and findings.
    """
    row = {_term(key): value for key, value in row.items()}
    note = row.get("doctor")
    return row if not isinstance(note, dict) else {**row, "doctor": _note(note)}


def gauges(values: Mapping[str, float]) -> dict[str, float]:
    """Return the values of gauges, keyed by name, with old names replaced by the present ones."""
    return {GAUGES.get(key, key): value for key, value in values.items()}


def _term(key: str) -> str:
    turn, dot, term = key.partition(".")
    return f"{turn}{dot}{TERMS.get(term, term)}" if dot else key


def _note(note: dict[str, Any]) -> dict[str, Any]:
    """The doctor's note: gauges are keys of mappings, findings are values."""

    def renamed(value: Any) -> Any:
        if isinstance(value, dict):
            return {GAUGES.get(key, key): renamed(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [renamed(inner) for inner in value]
        return FINDINGS.get(value, value) if isinstance(value, str) else value

    result: dict[str, Any] = renamed(note)
    return result
