import numpy as np
import pytest
from scipy.sparse import coo_array, csc_array
from scipy.sparse.linalg import spsolve

from sparring.inverse.blend import multigrid as membrane
from sparring.inverse.masks import masks
from sparring.inverse.regions import holes, quarters


def one_known(height, width):
    hole = np.ones((height, width), bool)
    hole[height // 3, width - 1] = False
    return hole


def snake(height, width, thick):
    """A corridor from the top to the bottom, walls of one known pixel."""
    hole = np.ones((height, width), bool)
    for turn, row in enumerate(range(thick, height, thick + 1)):
        hole[row] = False
        hole[row, -1 if turn % 2 else 0] = True
    return hole


def made(spec):
    return lambda height, width: masks(spec, 1, height, width, 0)[0]


HOLES = {
    "centre": made("centre"),
    "half": made("half"),
    "blobs": made("pattern:0.4"),
    "pixels": made("random:0.8"),
    "one known": one_known,
    "snake": lambda height, width: snake(height, width, 5),
}


def exact(hole, gap):
    """The equations as the docstring states them, pixel by pixel."""
    place = np.full(hole.shape, -1)
    place[hole] = np.arange(hole.sum())
    entries, given = [], np.zeros(hole.sum())
    for i, (y, x) in enumerate(np.argwhere(hole)):
        beside = [(y + a, x + b) for a, b in ((0, 1), (1, 0), (0, -1), (-1, 0))]
        beside = [q for q in beside if 0 <= q[0] < hole.shape[0] and 0 <= q[1] < hole.shape[1]]
        entries.append((i, i, len(beside)))
        entries += [(i, place[q], -1.0) for q in beside if hole[q]]
        given[i] = sum(gap[q] for q in beside if not hole[q])
    rows, columns, values = zip(*entries, strict=True)
    return spsolve(csc_array(coo_array((values, (rows, columns)))), given)


@pytest.mark.parametrize("shape", [(61, 86), (64, 32), (9, 70)])
@pytest.mark.parametrize("name", HOLES)
@pytest.mark.parametrize("most", [0, np.inf], ids=["multigrid", "direct"])
def test_both_ways_solve_the_equations(monkeypatch, most, name, shape):
    monkeypatch.setattr(membrane, "DIRECT", most)
    hole = HOLES[name](*shape)
    pictures, generated = np.random.default_rng(0).integers(0, 256, (2, 1, *shape, 2), np.uint8)
    pictures[..., 1], generated[..., 1] = 255, 0  # the largest constant gap
    found = membrane.membrane(hole, pictures, generated)
    for channel, right in enumerate(
        (exact(hole, pictures[0, ..., 0] - generated[0, ..., 0].astype(float)), 255)
    ):
        assert np.abs(found[0, :, channel] - right).max() < (0.01 if most else 0.2)


def test_multigrid_takes_few_cycles(monkeypatch):
    taken, cycle = [], membrane._cycle
    monkeypatch.setattr(membrane, "_cycle", lambda *a: taken.append(a[2] == 0) or cycle(*a))
    monkeypatch.setattr(membrane, "DIRECT", 0)
    for make in HOLES.values():
        taken.clear()
        hole = make(123, 150)
        pictures = np.random.default_rng(0).integers(0, 256, (1, 123, 150, 1), np.uint8)
        membrane.membrane(hole, pictures, np.zeros_like(pictures))
        assert sum(taken) <= 15


@pytest.mark.parametrize("near", [1, 3, 16])
def test_every_missing_pixel_is_in_one_damage(near):
    for spec in ("random:0.02", "pattern:0.2", "centre"):
        missing = masks(spec, 1, 70, 45, 1)[0]
        found = holes(missing, near)
        count = np.zeros(missing.shape, int)
        for damage in [part for one in found for part in quarters(one)]:
            assert damage.mask.any(0)[[0, -1]].all()
            assert damage.mask.any(1)[[0, -1]].all()
            count[damage.box] += damage.mask
        assert (count == missing).all()


def test_near_damages_are_one_and_far_ones_are_not():
    missing = np.zeros((100, 100), bool)
    missing[10, 10] = missing[12, 13] = missing[80, 80] = True
    assert [damage.box for damage in holes(missing, 4)] == [
        (slice(10, 13), slice(10, 14)),
        (slice(80, 81), slice(80, 81)),
    ]
    assert holes(np.zeros((5, 5), bool), 4) == []
