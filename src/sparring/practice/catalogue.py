"""All practices by name, and the parser of words such as `instance_noise=0.2`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import Field, fields
from difflib import get_close_matches
from typing import Any, Literal, Protocol, get_args, get_origin, get_type_hints

from sparring.core.errors import BadInput
from sparring.core.recipe import Recipe
from sparring.practice import inputs, labels, layers, priors, rhythm, terms
from sparring.runs import migration


class Practice(Protocol):
    """A function from a recipe to a changed recipe; raises `BadInput` where it does not apply."""

    def __call__(self, recipe: Recipe) -> Recipe: ...


PRACTICES: Mapping[str, type[Practice]] = {
    "pixel_range": priors.PixelRange,
    "prior": priors.Prior,
    "inverted_labels": labels.InvertedLabels,
    "generator_loss": labels.GeneratorLoss,
    "plain_losses": labels.PlainLosses,
    "discriminator_steps": rhythm.DiscriminatorSteps,
    "loss_gate": rhythm.LossGate,
    "instance_noise": inputs.AddInstanceNoise,
    "feature_matching": terms.FeatureMatching,
    "label_smoothing": labels.LabelSmoothing,
    "two_sided_smoothing": labels.TwoSidedSmoothing,
    "label_jitter": labels.LabelJitter,
    "label_flips": labels.LabelFlips,
    "minibatch_discrimination": layers.MinibatchDiscrimination,
    "minibatch_stddev": layers.MinibatchStdDev,
    "virtual_batch_norm": layers.VirtualBatchNorm,
    "historical_averaging": terms.HistoricalAveraging,
    "batches": inputs.Batches,
    "no_sparse_gradients": layers.NoSparseGradients,
    "dcgan_guidelines": layers.DcganGuidelines,
    "replayed_fakes": inputs.ReplayedFakes,
    "generator_dropout": layers.GeneratorDropout,
    "spectral_norm": layers.SpectralNorm,
    "r1": terms.AddR1Penalty,
    "r2": terms.AddR2Penalty,
    "penalties_at_most": terms.PenaltiesAtMost,
    "lazy_penalties": rhythm.LazyPenalties,
    "two_time_scales": rhythm.TwoTimeScales,
    "rates_at_most": rhythm.RatesAtMost,
    "averaged_weights": rhythm.AveragedWeights,
    "packed": inputs.PackedSamples,
    "augmented": inputs.Augmented,
    "adaptively_augmented": inputs.AdaptivelyAugmented,
}


def apply_practices(recipe: Recipe, words: Iterable[str]) -> Recipe:
    """Return the recipe with practices applied in the order of `words`, each in the form of `parse_practice`.

    Raises `BadInput`, naming the word, where a practice is unknown or does not apply to the recipe.
    """
    for word in words:
        try:
            recipe = parse_practice(word)(recipe)
        except BadInput as error:
            raise BadInput(f"--with {word}: {error}") from error
    return recipe


def parse_practice(word: str) -> Practice:
    """Return the practice for a word NAME, NAME=VALUE,VALUE or NAME=FIELD=VALUE, as after `--with`.

    NAME is a key of `PRACTICES`.  Values without a field name fill the fields in their order.  Raises
    `BadInput` for an unknown name or field, and for a value of the wrong type.
    """
    name, _, rest = migration.practice(word).partition("=")
    if name not in PRACTICES:
        near = get_close_matches(name, PRACTICES, 1)
        raise BadInput(f"no such practice; {f'did you mean {near[0]}?' if near else 'see sparring practice'}")
    kind = PRACTICES[name]
    settings: dict[str, Any] = {}
    known = {field.name: field for field in _fields(kind)}
    for index, part in enumerate(rest.split(",") if rest else []):
        key, is_named, value = part.partition("=")
        if not is_named:
            key, value = [*known, *[""] * (index + 1)][index], part
        if key not in known:
            raise BadInput(f"'{part}' sets nothing; {name} has {', '.join(known) or 'no settings'}")
        settings[key] = _read(value, get_type_hints(kind)[key], key)
    return kind(**settings)


def table() -> list[dict[str, Any]]:
    """Return a description of every practice, as dicts in the order of `PRACTICES`.

    Entries: "name"; "settings", the fields with their defaults; "about", the docstring's first paragraph;
    "source", the rest of the docstring, with sources and cautions.
    """
    return [{"name": name, **_description(kind)} for name, kind in PRACTICES.items()]


def _description(kind: type[Practice]) -> dict[str, Any]:
    about, *rest = (" ".join(part.split()) for part in (kind.__doc__ or "").split("\n\n"))
    settings = {field.name: field.default for field in _fields(kind)}
    return {"settings": settings, "about": about, "source": " ".join(rest)}


def _fields(kind: type[Practice]) -> tuple[Field[Any], ...]:
    return fields(kind)  # type: ignore[arg-type]  # every practice is a dataclass; a test says so


def _read(value: str, kind: Any, key: str) -> Any:
    if get_origin(kind) is Literal:
        if value not in get_args(kind):
            raise BadInput(f"{key} '{value}': there are {', '.join(get_args(kind))}")
        return value
    try:
        return kind(value)
    except ValueError as error:
        raise BadInput(f"{key} '{value}': give a {'whole ' if kind is int else ''}number") from error
