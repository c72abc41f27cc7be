"""The trainer: trains a recipe on data into a run directory, with logging, samples and checkpoints."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from sparring.core.batch import Batch, Nets
from sparring.core.kinds import Image, Kind
from sparring.core.recipe import Recipe
from sparring.core.run import Run
from sparring.core.space import Space
from sparring.data.dataset import Dataset
from sparring.data.feed import Feed
from sparring.engine import checkpoints, randomness
from sparring.engine.game import GRADIENT, Game
from sparring.engine.grafting import has_same_tensors, load_matching
from sparring.engine.machine import Machine, machine_of
from sparring.engine.trained import CHECKPOINTS, samples, slice_batch
from sparring.engine.watching import Check, Monitor
from sparring.runs import events
from sparring.runs.pictures import save_frame, save_samples
from sparring.runs.progress import TrainingProgress, stop_on_signal

SHEET, FRAME, CLOUD = 64, 36, 2000
"""Number of fixed latents: for a sheet of pictures, a frame of the movie, and for points in both."""


@dataclass(frozen=True)
class Outcome:
    """The outcome of a training."""

    step: int
    """Number of training steps taken so far, earlier calls included."""
    seconds: float
    """Duration of the call of `Trainer.go` in seconds, without set-up."""
    stopped: bool
    """Whether the user stopped it, by Ctrl-C or SIGTERM, before its last step."""
    enough: bool = False
    """Whether the monitor stopped it."""


class Trainer:
    """Trains one run; call `resume` first to continue from its newest checkpoint.

    The run must be resolved: no setting of device, precision, layout, threads, compile or batch is left open.
    """

    def __init__(
        self,
        recipe: Recipe,
        run: Run,
        space: Space,
        dataset: Dataset,
        index: np.ndarray,
        starts: tuple[int, ...],
        monitor: Monitor | None = None,
    ) -> None:
        self.run, self.folder = run, run.out
        self.machine = machine_of(run)
        self.game = Game(recipe, space, seed=run.seed, machine=self.machine, starts=starts, steps=run.steps)
        self.monitor, self._pinned = monitor, frozenset[int]()
        self.batch = run.batch or recipe.batch
        self.feed = self._feed(dataset, index, self.batch, recipe)
        points = not (space.pictures or space.tokens)
        self._frame_samples = CLOUD if points else FRAME
        self.fixed = self._fixed_batch(dataset, index, CLOUD if points else SHEET)
        self._frames = frame_steps(run.steps, run.frames)
        self._resumed: dict[str, Any] | None = None
        self._tensors: dict[str, Tensor] = {}

    def resume(self) -> int:
        """Load the newest undamaged checkpoint, or stay at the start if none was written; return the step.

        If a repair changed the nets, those that still match the checkpoint are loaded.
        """
        folder = self.folder / CHECKPOINTS
        if checkpoints.steps(folder):
            step, self._tensors, self._resumed = checkpoints.load(folder)
            if has_same_tensors(self.game, self._tensors):
                checkpoints.restore_game(self.game, self._tensors, step)
            else:
                load_matching(self.game, self._tensors, step)
            self.feed.go_to(self._resumed["feed"])
            self._pinned = frozenset(self._resumed.get("pinned", ()))
            self.fixed = replace(self.fixed, z=self._tensors["fixed_z"].to(self.machine.device))
        return self.game.step

    def go(self, *, quiet: bool = False) -> Outcome:
        """Train to the run's last step, until asked to stop, or until the monitor stops it.

        The last state is checkpointed unless the monitor stopped the training: if the process is killed
        before the caller has reacted, the resumed run meets the same problem again.  Raises `Diverged` if a
        loss or a gradient is not finite.
        """
        with randomness.preserve_random_state(), self.machine.activate(), stop_on_signal() as request:
            random_state = self._randomness()
            draw = make_draw(self.feed, self.game.recipe, random_state.noise, self.machine)
            log = events.EventLog(self.folder, self.game.step)
            progress = TrainingProgress(self.run.steps, self.game.step, quiet=quiet)
            started, first = time.perf_counter(), self.game.step
            try:
                self._save_pictures()
                enough = False
                while self.game.step < self.run.steps and not request.stop and not enough:
                    self.game.round(draw)
                    enough = self._after_step(log, progress, started, first, random_state)
                if request.stop and self.game.step % self.run.checkpoint_every:
                    self._save(random_state)
            finally:
                progress.close()
                log.close()
            stopped = request.stop and self.game.step < self.run.steps
            return Outcome(self.game.step, time.perf_counter() - started, stopped, enough)

    def _feed(self, dataset: Dataset, index: np.ndarray, batch: int, recipe: Recipe) -> Feed:
        return Feed(
            dataset,
            index,
            batch,
            seed=self.run.seed,
            device=self.machine.device,
            workers=None,
            needs=recipe.needs,
        )

    def _fixed_batch(self, dataset: Dataset, index: np.ndarray, n: int) -> Batch:
        """Return what sheets of samples are generated from: fixed latents, or fixed data without latents."""
        recipe, device = self.game.recipe, self.machine.device
        z = recipe.latent.sample(n, torch.Generator().manual_seed(self.run.seed)).to(device)
        if recipe.latent.size:
            return Batch.of(z)
        drawn = self._feed(dataset, index, n, recipe).draw()
        return replace(Batch.of(z), x=drawn.x, y=drawn.y, columns=drawn.columns)

    def _after_step(
        self,
        log: events.EventLog,
        progress: TrainingProgress,
        started: float,
        first: int,
        random_state: randomness.Randomness,
    ) -> bool:
        step, last = self.game.step, self.game.step == self.run.steps
        if step % self.run.log_every == 0 or last:
            terms = events.means(self.game.read_terms())
            seconds = time.perf_counter() - started
            rate = (step - first) * self.batch / seconds
            log.write(step, {**terms, "seconds": round(seconds, 3), "pictures_per_second": round(rate, 1)})
            progress.update(step, rate, {k: v for k, v in terms.items() if not k.endswith(GRADIENT)})
        check = self._check(log, last)
        due = step % self.run.checkpoint_every == 0 or last or step in check.pinned
        if due and not check.enough:
            self._save(random_state)
        self._save_pictures()
        return check.enough

    def _check(self, log: events.EventLog, last: bool) -> Check:
        step = self.game.step
        if self.monitor is None or not (last or step % self.monitor.every == 0):
            return Check()
        check = self.monitor.check(self.game)
        self._pinned = check.pinned
        log.note(step, "doctor", check.note)
        return check

    def _save_pictures(self) -> None:
        step = self.game.step
        grid = step > 0 and (step % self.run.sample_every == 0 or step == self.run.steps)
        frame = step in self._frames
        if not (grid or frame):
            return
        fixed = self.fixed if grid else slice_batch(self.fixed, 0, self._frame_samples)
        with sampling_nets(self.game) as nets:
            x = samples(self.game.recipe.sampler, nets, fixed)
        if grid:
            save_samples(self.folder / "samples" / f"{step:08d}.png", x)
        if frame:
            save_frame(self.folder / "frames" / f"{step:08d}.png", x[: self._frame_samples])

    def _save(self, random_state: randomness.Randomness) -> None:
        self.game.read_terms()
        tensors = {
            **checkpoints.game_tensors(self.game),
            **{f"random.{name}": state for name, state in random_state.tensors().items()},
            "fixed_z": self.fixed.z,
        }
        process = randomness.process_state()
        state = {"feed": self.feed.position(), "process": process, "pinned": sorted(self._pinned)}
        checkpoints.save(self.folder / CHECKPOINTS, self.game.step, tensors, state, self._pinned)

    def _randomness(self) -> randomness.Randomness:
        random_state = randomness.Randomness.from_seed(self.run.seed, self.machine.device)
        if self._resumed is not None:
            random_state.restore(checkpoints.strip_prefix("random.", self._tensors))
            randomness.restore_process_state(self._resumed["process"])
        return random_state


def make_draw(feed: Feed, recipe: Recipe, noise: torch.Generator, machine: Machine) -> Callable[[], Batch]:
    """Return a function without arguments that returns the next batch of n rows.

    Its data x (n, *shape) and labels y come from `feed`; its latents z and the noise u, uniform in [0, 1) and
    of shape (n, 1, ..., 1), are drawn from the generator `noise`.  Pictures get the memory layout of
    `machine`.
    """

    layout = torch.channels_last if machine.channels_last else torch.contiguous_format

    def laid_out(values: Tensor, kind: Kind) -> Tensor:
        return values.contiguous(memory_format=layout) if isinstance(kind, Image) else values

    def draw() -> Batch:
        x, y, columns = feed.draw()
        x = laid_out(x, feed.kind)
        columns = {role: laid_out(values, feed.kinds[role]) for role, values in columns.items()}
        u = torch.rand(len(x), *[1] * (x.dim() - 1), generator=noise, device=noise.device)
        return Batch(x=x, z=recipe.latent.sample(len(x), noise), u=u, y=y, columns=columns)

    return draw


@contextmanager
def sampling_nets(game: Game) -> Iterator[Nets]:
    """Context with the nets to generate samples with, in evaluation mode; their modes are restored on exit.

    Averages replace the nets that have one.
    """
    nets = Nets({**game.nets, **game.averages})
    training = {key: net.training for key, net in nets.items()}
    try:
        yield nets.eval()
    finally:
        for key, net in nets.items():
            net.train(training[key])


def frame_steps(steps: int, frames: int) -> frozenset[int]:
    """Return the steps of the movie's frames: 0, and `frames` - 1 geometrically spaced from 1 to `steps`.

    The steps are rounded, and equal ones are merged.  One frame is that of the last step, two are those of
    the first and the last; without frames the set is empty.
    """
    if frames <= 2:
        return frozenset([0, steps][2 - frames :])
    spread = np.geomspace(1, max(steps, 1), frames - 1).round().astype(int)
    return frozenset({0, *spread.tolist()})
