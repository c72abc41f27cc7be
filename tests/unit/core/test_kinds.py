"""What each kind stores, what nets see of it, and how it is written in a run."""

import json

import pytest
import torch

from sparring.core.kinds import (
    KINDS,
    Image,
    Label,
    LabelMap,
    Tokens,
    Vector,
    kind_as_json,
    kind_from_json,
    kind_of,
)  # fmt: skip

EXAMPLES = {
    Image(3, 4, 6): torch.full((2, 4, 6, 3), 255, dtype=torch.uint8),
    LabelMap(5, 4, 6): torch.full((2, 4, 6), 4, dtype=torch.uint8),
    Label(3): torch.tensor([2, -1]),
    Vector(7): torch.zeros(2, 7),
    Tokens(9, 5): torch.zeros(2, 5, dtype=torch.int64),
}

every_kind = pytest.mark.parametrize("kind", EXAMPLES, ids=str)


def test_every_kind_has_an_example():
    assert {type(kind) for kind in EXAMPLES} == set(KINDS)


@every_kind
def test_what_nets_see_has_the_shape_that_the_kind_says(kind):
    assert kind.to_nets(EXAMPLES[kind]).shape == (2, *kind.shape)


@every_kind
def test_a_kind_is_read_back_from_json(kind):
    assert kind_from_json(json.loads(json.dumps(kind_as_json(kind)))) == kind


def test_pictures_are_scaled_and_maps_are_whole_numbers():
    assert (Image(3, 4, 6).to_nets(EXAMPLES[Image(3, 4, 6)]) == 1).all()
    seen = LabelMap(5, 4, 6).to_nets(EXAMPLES[LabelMap(5, 4, 6)])
    assert seen.dtype == torch.int64
    assert (seen == 4).all()


def test_the_kind_of_plain_data_follows_from_their_shape():
    assert kind_of((3, 4, 6)) == Image(3, 4, 6)
    assert kind_of((7,)) == Vector(7)
    assert kind_of((5,), 9) == Tokens(9, 5)
    with pytest.raises(ValueError, match="neither pictures nor points"):
        kind_of((2, 3))


@pytest.mark.parametrize("body", [{"kind": "Smell"}, {}, {"kind": "Label"}, {"kind": "Label", "size": 3}])
def test_json_that_is_no_kind_is_refused(body):
    with pytest.raises((ValueError, TypeError)):
        kind_from_json(body)
