"""Description of a recipe like a paper's method section: objective, nets, schedule, lineage, departures."""

from __future__ import annotations

import re
from collections.abc import Iterator
from textwrap import fill
from typing import Any

from sparring.core.lineage import as_text, changes, settings
from sparring.core.recipe import Recipe, Turn
from sparring.tasks.opening.lookup import module_of, recipe_named

WIDTH = 100
"""Width of the text in characters."""


def describe(word: str) -> dict[str, Any]:
    """Return the description of the recipe called `word`, a name of the zoo or FILE.py:VARIABLE, as a dict.

    Texts: "name", "title", "paper" (the arXiv number), "idea" and "remarks" (from the docstring of the
    recipe's file), "objective" (one line per player), "departures" (from the paper, joined by semicolons) and
    "latent".  Number: "year".  Dicts: "networks", from net to text; "settings", from path to text.  Lists:
    "training", the schedule in sentences; "line", the recipe, its parent, and so on, each a dict with "name",
    "year", "parent" (a name, or None) and "changes" (against the parent: dicts with "path", "old", "new").
    Raises `BadInput` if there is no such recipe.
    """
    recipe = recipe_named(word)
    line = list(recipe.line())
    return {
        "name": recipe.name,
        "title": recipe.title,
        "paper": recipe.paper,
        "year": recipe.year,
        **_docstring_parts(module_of(word).__doc__ or ""),
        "objective": "\n".join(f"  {line}" for line in recipe.objective),
        "departures": "; ".join(recipe.departures) or "none known",
        "networks": {key: as_text(builder) for key, builder in recipe.nets.items()},
        "latent": as_text(recipe.latent),
        "training": list(_training(recipe)),
        "settings": settings(recipe),
        "line": [
            {
                "name": child.name,
                "year": child.year,
                "parent": parent.name if parent else None,
                "changes": [vars(change) for change in changes(child, parent)] if parent else [],
            }
            for child, parent in zip(line, [*line[1:], None], strict=True)
        ],
    }


def describe_text(about: dict[str, Any]) -> str:
    """Return the result of `describe` as text for a terminal, in sections with headings.

    `about` may also have the entry "claim" of `api.describe_recipe`, which makes one more section.
    """
    title = f"{about['title']}. {about['year']}, arXiv:{about['paper']}"
    nets = [f"  {key:<3} {builder}" for key, builder in [*about["networks"].items(), ("z", about["latent"])]]
    sections = [
        (f"{about['name']}: {about['idea']}", [title]),
        ("Objective", [about["objective"], "", *_wrapped(about["remarks"])]),
        ("Networks", nets),
        ("Training", [f"  {sentence}" for sentence in about["training"]]),
        ("Lineage", [f"  {' <- '.join(step['name'] for step in about['line'])}", *_lineage(about)]),
        ("Departures from the paper", _wrapped(about["departures"])),
    ]
    if "claim" in about:
        claim = about["claim"]
        against = f"Against {claim['baseline']}, on {claim['data']}: {', '.join(claim['bounds'])}."
        sections.append((f"Claim (sparring verify {about['name']})", _wrapped(f"{claim['says']} {against}")))
    parts = ["\n".join([heading, *lines]).rstrip() for heading, lines in sections if any(lines)]
    return "\n\n".join(parts)


def _docstring_parts(text: str) -> dict[str, str]:
    """Return the idea, the first line of a zoo file's docstring, and its remarks on the objective."""
    title, _, body = text.strip().partition("\n")
    body = body.partition("Departures:")[0]
    words = " ".join(line for line in body.splitlines() if line and not line.startswith("    "))
    remarks = re.split(r"\s*(?:Child of `|Root of the zoo)", words)[0]
    return {
        "idea": title.partition(": ")[2] or title,
        "remarks": remarks,
    }


def _training(recipe: Recipe) -> Iterator[str]:
    """Yield the schedule in sentences: the turns of a round, stages, averages, batch and precision."""
    for key, turn in recipe.turns.items():
        yield f"{key}: {_moved(recipe, key)}{_often(turn)}, {as_text(turn.loss)}"
        optim = recipe.turns[recipe.owner(key)].optim
        also = "" if turn.optim is not None else f", shared with turn {recipe.owner(key)}"
        yield f"   by {as_text(optim)}{also}{_later(turn)}"
    if len(recipe.stages) > 1 or recipe.stages[0].turns or recipe.stages[0].together:
        total = sum(stage.share for stage in recipe.stages)
        for number, stage in enumerate(recipe.stages, 1):
            together = ", gradients before steps" if stage.together else ""
            first = f", {as_text(stage.enter)} on entry" if stage.enter else ""
            turns = ", ".join(recipe.turns_of(stage))
            yield f"stage {number}: {turns}{together}{first}, {stage.share / total:.0%} of the steps"
    averages = ", ".join(f"{key} ({average.decay:g})" for key, average in recipe.averages.items())
    fields = (f"{need.role}{'' if need.paired else ' (unpaired)'}" for need in recipe.needs)
    needed = f" of x and {', '.join(fields)}" if recipe.needs else ""
    yield (
        f"batches of {recipe.batch}{needed}; "
        f"samples from {f'averages of {averages}' if averages else 'the last weights'}"
    )
    yield "bfloat16 where it is faster on the machine" if recipe.bf16 else "float32 throughout"


def _moved(recipe: Recipe, turn: str) -> str:
    return f"moves {', '.join(recipe.movers(turn))}"


def _often(turn: Turn) -> str:
    often = "" if turn.repeat == 1 else f", {turn.repeat} steps a round"
    often += "" if turn.every == 1 else f", in every {turn.every}th round"
    return often + ("" if turn.gate is None else f", gated by {as_text(turn.gate)}")


def _later(turn: Turn) -> str:
    later = "" if turn.schedule is None else f", learning rate by {as_text(turn.schedule)}"
    return later + ("" if turn.after is None else f", then {as_text(turn.after)}")


def _lineage(about: dict[str, Any]) -> Iterator[str]:
    for step in about["line"]:
        if step["parent"] is not None:
            yield f"  {step['name']} ({step['year']}) against {step['parent']}:"
            for c in step["changes"]:
                yield f"    {c['path']}: {c['old'] or 'absent'} -> {c['new'] or 'absent'}"


def _wrapped(text: str) -> list[str]:
    return [fill(text, WIDTH, initial_indent="  ", subsequent_indent="  ")] if text else []
