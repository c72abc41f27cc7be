"""Every recipe through the front door: what `sparring train NAME` does before and while it trains."""

import numpy as np
import pytest
from tests.conftest import quick
from tests.laws.test_recipes import WIDTH, every_recipe

from sparring import zoo
from sparring.core.knobs import knobs
from sparring.data.sources import dataset
from sparring.engine import checkpoints
from sparring.runs.record import read_record
from sparring.tasks.train import resume, train


def data(name, folder):
    """Data that a recipe is for."""
    if name == "seqgan":
        return "chains"
    if not zoo.get(name).needs:
        return "digits"
    found = dataset("digits")
    rows = np.flatnonzero(found.y < 2)[:200]
    np.savez(folder / "two.npz", x=found.x[rows], y=found.y[rows])
    columns = "".join(f",{need.role}=x" for need in zoo.get(name).needs if need.paired)
    return f"{folder / 'two.npz'}:x{columns}:y"


def trained(name, folder, **changes):
    given = quick(folder / "run", data=data(name, folder), steps=2, checkpoint_every=2, frames=0, **changes)
    narrow = {
        path: WIDTH for path in knobs(zoo.get(name)) if path.startswith("nets.") and path.endswith(".width")
    }
    return train(name, given, knobs=narrow, quiet=True).step, checkpoints.steps(
        folder / "run" / "checkpoints"
    )


@every_recipe
def test_every_recipe_trains(name, tmp_path):
    assert trained(name, tmp_path) == (2, [2])


@pytest.mark.parametrize(
    "practice", ["spectral_norm", "virtual_batch_norm", "packed", "augmented", "historical_averaging"]
)
def test_practices_that_change_nets_train(practice, tmp_path):
    assert trained("dcgan", tmp_path, practice=(practice,)) == (2, [2])


def test_a_knob_of_a_net_goes_with_a_practice_that_remembers_or_wraps_it(tmp_path):
    for practice, inner in (
        ("historical_averaging", ""),
        ("packed", "inner."),
        ("spectral_norm", "discriminator."),
    ):
        given = quick(tmp_path / practice, practice=(practice,), steps=2)
        train("dcgan", given, knobs={"nets.D.width": 8}, quiet=True)
        assert read_record(given.out).knobs[f"nets.D.{inner}width"] == 8
        assert resume(given.out, steps=3, quiet=True).step == 3
