import numpy as np
import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from sparring.core.errors import BadInput
from sparring.inverse.blend.poisson import Feather, pasted, poisson
from sparring.inverse.blend.wiener import MeasuredErrors
from sparring.inverse.masks import masks
from sparring.inverse.tiles import BLEND_WINDOWS, CALL_PIXELS, blend_at_model_size, complete_any_size, windows

SIZE = (32, 32)


def smooth(height, width, channels=3):
    """A picture without detail: waves as long as its sides, at most."""
    down, across = np.meshgrid(np.arange(height) / height, np.arange(width) / width, indexing="ij")
    waves = [
        127 + 60 * np.sin(5 * across + c) + 50 * np.cos(4 * down + across + 2 * c) for c in range(channels)
    ]
    return np.stack(waves, -1).round().astype(np.uint8)


def hole(shape, top, left, tall, wide):
    missing = np.zeros(shape, bool)
    missing[top : top + tall, left : left + wide] = True
    return missing


def damaged(truth, missing):
    picture = truth.copy()
    picture[missing] = np.random.default_rng(1).integers(0, 256, picture[missing].shape)
    return picture


def knowing(truth, missing, size=SIZE):
    """A solver that returns the truth of each window, and looks at what it is given."""
    waiting = iter(windows(missing, size))

    def solve(pictures, hidden):
        assert len(pictures) * size[0] * size[1] <= CALL_PIXELS
        found = []
        for picture, cells in zip(pictures, hidden, strict=True):
            box = next(waiting).box
            part = truth[box].astype(np.float64)
            at = [(np.arange(n) + 0.5) * side / n - 0.5 for n, side in zip(size, part.shape, strict=False)]
            for axis, places in enumerate(at):
                first = np.clip(np.floor(places).astype(int), 0, part.shape[axis] - 1)
                later = np.minimum(first + 1, part.shape[axis] - 1)
                share = np.clip(places - first, 0, 1).reshape([-1 if i == axis else 1 for i in range(3)])
                part = part.take(first, axis) * (1 - share) + part.take(later, axis) * share
            if min(truth.shape[:2]) >= max(size):  # enlarging mixes in the neighbours of known pixels
                assert np.abs(picture - part)[~cells].max() < 4
            found.append(part)
        return np.stack(found)

    return solve


def decibels(a, b, missing):
    return 10 * np.log10(255**2 / max(np.square(a[missing].astype(float) - b[missing]).mean(), 1e-9))


CASES = {
    "small hole": ((200, 300), hole((200, 300), 90, 100, 14, 12)),
    "large hole": ((400, 300), hole((400, 300), 90, 60, 200, 180)),
    "corner": ((200, 300), hole((200, 300), 0, 260, 40, 40)),
    "half": ((200, 300), hole((200, 300), 0, 150, 200, 150)),
    "most": ((200, 200), ~hole((200, 200), 0, 0, 200, 70)),
    "many": ((300, 300), masks("random:0.0005", 1, 300, 300, 0)[0]),
    "dust": ((120, 90), masks("random:0.7", 1, 120, 90, 0)[0]),
    "blobs": ((300, 200), masks("pattern:0.3", 1, 300, 200, 0)[0]),
    "thin": ((20, 3000), hole((20, 3000), 5, 1000, 8, 8)),
    "thin, cut through": ((3000, 20), hole((3000, 20), 1000, 0, 100, 20)),
    "tiny": ((9, 13), hole((9, 13), 3, 4, 3, 3)),
    "narrower than the model": ((25, 90), hole((25, 90), 3, 40, 12, 12)),
    "almost the model's size": ((32, 33), hole((32, 33), 8, 8, 16, 16)),
}


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("name", CASES)
def test_a_solver_that_knows_the_truth_restores_it(name, channels):
    shape, missing = CASES[name]
    truth = smooth(*shape, channels)
    out = complete_any_size(damaged(truth, missing), missing, SIZE, knowing(truth, missing))
    assert (out[~missing] == truth[~missing]).all()
    assert decibels(out, truth, missing) > 38


@pytest.mark.parametrize("blend", [pasted, poisson, Feather(3)])
def test_a_picture_of_the_models_size_is_handed_over_as_it_is(blend):
    truth = smooth(32, 40)
    missing = masks("pattern:0.3", 1, 32, 40, 0)[0] | hole((32, 40), 0, 0, 2, 2)
    seen, found = [], np.random.default_rng(0).uniform(-20, 280, (1, 32, 40, 3)).astype(np.float32)
    solve = lambda *given: seen.append(given) or found  # noqa: E731
    out = complete_any_size(truth, missing, (32, 40), solve, blend)
    assert (out == blend(truth[None], found, missing[None])[0]).all()
    assert (seen[0][0] == truth).all()
    assert (seen[0][1] == missing).all()
    assert len(seen) == 1


def asked(picture, missing):
    """What the solver is shown of the picture, call by call."""
    shown = []
    complete_any_size(
        picture, missing, SIZE, lambda p, m: shown.append(np.where(m[..., None], 0, p)) or p * 0.5
    )
    return shown


def test_nothing_under_the_mask_is_ever_seen():
    for shape, missing in CASES.values():
        truth = smooth(*shape)
        first, second = (asked(picture, missing) for picture in (truth, damaged(truth, missing)))
        assert all((a == b).all() for a, b in zip(first, second, strict=True))


def test_windows_have_context_proportions_and_lie_in_the_picture():
    for (height, width), missing in CASES.values():
        for window in windows(missing, SIZE):
            rows, columns = window.box
            assert 0 <= rows.start < rows.stop <= height
            assert 0 <= columns.start < columns.stop <= width
            for outer, inner, side in zip(window.box, window.hole.box, missing.shape, strict=True):
                assert outer.start <= max(inner.start - 1, 0)
                assert outer.stop >= min(inner.stop + 1, side)
    small, large = (windows(CASES[name][1], SIZE)[0] for name in ("small hole", "large hole"))
    assert small.scale == 1
    assert large.scale == 300 / 32  # 2 * 200 / 32 is wanted, but the picture is only 300 wide
    assert [len(missing) for missing in (small.cells, large.cells)] == [32, 32]
    assert 1 - small.cells.mean() >= 0.5


def test_solver_is_called_in_bounded_batches_and_windows_see_no_fills():
    missing = np.zeros((400, 700), bool)
    missing[20::40, 20::40] = True
    truth, calls = smooth(400, 700), []
    size = (160, 160)
    complete_any_size(truth, missing, size, lambda p, m: calls.append(len(p)) or p.astype(np.float32))
    assert max(calls) <= CALL_PIXELS // 160**2
    assert sum(calls) == len(windows(missing, size))


@pytest.mark.parametrize(
    ("sides", "square", "scale"),
    [((90, 80), (30, 30, 16, 16), 1), ((160, 150), (50, 40, 48, 48), 3), ((32, 32), (8, 8, 16, 16), 1)],
)
def test_errors_that_a_blend_knows_are_corrected_at_the_models_size(sides, square, scale):
    truth, missing = smooth(*sides), hole(sides, *square)
    assert [window.scale for window in windows(missing, SIZE)] == [scale]
    picture, solve = damaged(truth, missing), lambda: knowing(truth, missing)
    down, across = (np.cos(np.pi * wave * (np.arange(32) + 0.5) / 32) for wave in (3, 4))
    error = 30 * np.outer(down, across)[..., None]
    powers = np.full(SIZE, 1e-6)
    powers[3, 4] = 0.1
    knows = MeasuredErrors((((1.0,) * 32,) * 32,), (tuple(map(tuple, powers.tolist())),))

    def errs(pictures, hidden, solve):
        return solve(pictures, hidden) + error

    gaps = []
    for blend in (None, knows):
        own = solve()
        wrong = lambda *given, own=own: errs(*given, own)  # noqa: E731
        out = complete_any_size(
            picture, missing, SIZE, wrong if blend is None else blend_at_model_size(wrong, blend)
        )
        assert (out[~missing] == truth[~missing]).all()
        gaps.append(np.square(out[missing].astype(float) - truth[missing]).mean())
    assert gaps[1] < 0.2 * gaps[0]


def test_windows_are_blended_in_bounded_batches():
    missing = np.zeros((400, 700), bool)
    missing[20::40, 20::40] = True
    calls = []

    def counted(pictures, found, hidden):
        calls.append(len(pictures))
        return pasted(pictures, found, hidden)

    truth = smooth(400, 700)
    one, other = (
        complete_any_size(truth, missing, SIZE, solve)
        for solve in (lambda p, m: 200.0 - p / 2, blend_at_model_size(lambda p, m: 200.0 - p / 2, counted))
    )
    assert max(calls) == BLEND_WINDOWS
    assert sum(calls) == len(windows(missing, SIZE))
    assert (one[~missing] == other[~missing]).all()


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 70), st.integers(1, 70), st.integers(0, 2**32 - 1), st.floats(0.01, 0.9))
def test_known_pixels_stay_to_the_byte_for_any_mask(height, width, seed, share):
    random = np.random.default_rng(seed)
    picture = random.integers(0, 256, (height, width, 3), np.uint8)
    missing = random.random((height, width)) < share
    try:
        out = complete_any_size(picture, missing, (16, 16), lambda p, m: 255.0 - p)
    except BadInput:  # nothing missing, nothing known, or nothing near
        reject()
    assert (out[~missing] == picture[~missing]).all()
    assert out.dtype == np.uint8


PICTURE, HOLE = smooth(40, 50), hole((40, 50), 5, 5, 9, 9)


def same(pictures, missing):
    return pictures.astype(np.float32)


@pytest.mark.parametrize(
    ("picture", "missing", "size", "solve", "says"),
    [
        (PICTURE.astype(float), HOLE, SIZE, same, "give uint8"),
        (PICTURE[..., 0], HOLE, SIZE, same, "give uint8"),
        (smooth(40, 50, 5), HOLE, SIZE, same, "1 to 4 channels"),
        (PICTURE[:0], HOLE[:0], SIZE, same, "at least one"),
        (PICTURE, HOLE.astype(np.uint8), SIZE, same, r"give bool \(40, 50\)"),
        (PICTURE, HOLE.T, SIZE, same, r"give bool \(40, 50\)"),
        (PICTURE, HOLE, (32, 0), same, "each at least 1"),
        (PICTURE, HOLE & False, SIZE, same, "nothing is missing"),
        (PICTURE, HOLE | True, SIZE, same, "nothing is known"),
        (smooth(400, 400), ~hole((400, 400), 7, 7, 2, 2), (8, 8), same, "no known pixels around it"),
        (PICTURE, HOLE, SIZE, lambda p, m: p[:, :-1], "the solver returned"),
        (PICTURE, HOLE, SIZE, lambda p, m: np.full(p.shape, np.nan), "not finite"),
    ],
)
def test_what_cannot_be_used_is_refused_in_one_line(picture, missing, size, solve, says):
    with pytest.raises(BadInput, match=says) as caught:
        complete_any_size(picture, missing, size, solve)
    assert len(str(caught.value).splitlines()) == 1
