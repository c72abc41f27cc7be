"""Runs that are told well from ill, and commands that do what they say."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.conftest import NARROW, quick

import sparring
from sparring import api
from sparring.cli import main
from sparring.core.errors import BadInput
from sparring.core.knobs import knobs
from sparring.engine import checkpoints
from sparring.runs import events
from sparring.runs.files import write_json
from sparring.runs.record import Repair, read_record
from sparring.tasks.doctor.commands import retrain_command
from sparring.tasks.doctor.diagnosis import diagnosis
from sparring.tasks.opening.lookup import recipe_named
from sparring.tasks.opening.resolve import resolve_record

POINTS = {"data": "ring8", "family": "mlp", "frames": 0, "log_every": 10, "sample_every": 300, "batch": 64}
WELL = {
    "distance_ratio": 1.0, "total_variation": 0.05, "missing_modes": 0.0, "reverse_kl": 0.05,
    "rank_ratio": 1.0, "birthday": 300.0, "divergence": 0.0, "mmd_floor": 0.004, "mmd": 0.01,
}  # fmt: skip
ILL = {**WELL, "distance_ratio": 0.1, "total_variation": 0.8, "missing_modes": 0.875, "mmd": 0.6}


@pytest.fixture(scope="module")
def collapsed(tmp_path_factory) -> Path:
    """A run whose D all but stands still, watched."""
    out = tmp_path_factory.mktemp("ill") / "run"
    settings = {"steps": 40, "practice": ("discriminator_steps=0.05",), "doctor": "watch", "doctor_every": 10}
    sparring.train(
        "gan", quick(out, **{**POINTS, "checkpoint_every": 20}, **settings), knobs=NARROW, quiet=True
    )
    return out


@pytest.fixture
def noted(tmp_path, run):
    """Write what a doctor saw of a copy of a run into its diary."""

    def written(looks: dict[int, dict[str, float]], steps: int = 6, **changes) -> Path:
        folder = tmp_path / "noted"
        shutil.copytree(run, folder)
        kept = read_record(folder)
        replace(kept, run=replace(kept.run, steps=steps), **changes).write(folder)
        with (folder / events.FILE).open("a") as file:
            for step, gauges in looks.items():
                known = {key: value for key, value in gauges.items() if np.isfinite(value)}
                alarms = {key: "FAIL" for key, value in gauges.items() if not np.isfinite(value)}
                note = {"gauges": known, "alarms": alarms, "complaints": {}}
                file.write(json.dumps({"step": step, "doctor": note}) + "\n")
        return folder

    return written


def kinds(found: api.Diagnosis) -> dict[str, str]:
    return {one.complaint.kind.value: one.complaint.level.name for one in found.troubles}


def test_a_collapsed_run_is_found_with_evidence_cause_and_a_command_that_runs(collapsed, capsys, monkeypatch):
    monkeypatch.chdir(collapsed.parent)
    assert main(["diagnose", "run", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    collapse = next(one for one in told["findings"] if one["kind"] == "mode collapse")
    assert {one["gauge"] for one in collapse["evidence"]} >= {"total_variation", "missing_modes"}
    low, high = next(e["null"] for e in collapse["evidence"] if e["gauge"] == "total_variation")
    assert 0 < low < high < 0.2
    first = collapse["remedies"][0]
    assert (first["practice"], "algorithm 1" in first["source"]) == ("discriminator_steps=1", True)
    words = shlex.split(first["command"])
    assert words[:2] == ["sparring", "train"]
    assert main([*words[1:], "--steps", "60"]) == 0
    repaired = read_record(Path("run-repaired"))
    assert repaired.run.practice == ("discriminator_steps=0.05", "discriminator_steps=1")
    wanted = knobs(
        resolve_record(replace(read_record(collapsed), repairs=(Repair("discriminator_steps=1", "", 0, 0),)))
    )
    assert knobs(resolve_record(repaired)) == wanted


def test_what_a_remedy_sets_right_is_said_of_knobs_too_and_hand_set_ones_stay(tmp_path):
    knob = {**NARROW, "turns.D.optim.lr": 0.5, "turns.D.optim.betas": (0.1, 0.9), "turns.D.loss.joint": True}
    sparring.train("gan", quick(tmp_path / "a b", steps=3), knobs=knob, quiet=True)
    kept = read_record(tmp_path / "a b")
    words = shlex.split(
        retrain_command(tmp_path / "a b", kept, recipe_named(kept.recipe), "rates_at_most=1e-3")
    )
    assert main(words[1:]) == 0
    found = knobs(resolve_record(read_record(tmp_path / "a b-repaired")))
    assert found["turns.D.optim.lr"] == 1e-3
    assert found["turns.D.optim.betas"] == (0.1, 0.9)
    assert found["turns.D.loss.joint"] is True
    assert found["nets.G.width"] == 8


def test_a_run_goes_back_to_where_it_was_well(noted, capsys):
    folder = noted({1: ILL, 2: WELL, 3: WELL, 4: ILL, 5: ILL, 6: ILL})
    found = diagnosis(folder)
    assert kinds(found)["mode collapse"] == "FAIL"
    one = found.findings[0]
    assert one.complaint.since == 4
    words = shlex.split(one.cures[0].command)
    assert words[:3] == ["sparring", "resume", str(folder)]
    assert words[-2:] == ["--back-to", "3"]
    assert main(words[1:]) == 0
    assert read_record(folder).repairs == (Repair(one.cures[0].remedy.practice, "by hand", 6, 3),)
    assert checkpoints.steps(folder / "checkpoints") == [3, 6]
    assert events.read(folder)[-1]["step"] == 6
    assert [step for step, _ in events.notes(folder, "doctor")] == [1, 2, 3]
    assert main(["diagnose", str(folder)]) in (0, 1)
    assert "by hand" in capsys.readouterr().out


def test_a_run_whose_best_is_over_says_when_that_was_and_goes_back_there(noted, run):
    over = {**WELL, "mmd": 0.1}
    fast = {**read_record(run).knobs, "turns.D.optim.lr": 0.01}
    folder = noted({2: WELL, 3: {**WELL, "mmd": 0.005}, 5: over, 6: over}, knobs=fast)
    found = diagnosis(folder)
    assert [one.title for one in found.findings] == ["best was step 3"]
    assert found.best == 3
    assert "--back-to 3" in found.findings[0].cures[0].command


def test_a_well_run_is_healthy(noted, capsys):
    folder = noted({2: WELL, 3: WELL, 5: WELL, 6: WELL})
    assert main(["diagnose", str(folder)]) == 0
    assert "healthy" in capsys.readouterr().out


def test_a_gauge_that_was_not_finite_is_remembered_as_such(noted):
    found = diagnosis(noted({5: {**WELL, "divergence": np.nan}, 6: {**WELL, "divergence": np.nan}}))
    assert kinds(found) == {"divergence": "FAIL"}
    assert "NaN" not in json.dumps(found.as_json())


def test_it_is_too_early_to_tell(noted):
    found = diagnosis(noted({2: ILL, 3: ILL}, steps=100))
    assert not found.troubles
    assert any("too early to tell: last check at step 3 of 100" in note for note in found.notes)
    assert any("at step 6 of 100" in note for note in found.notes)


def test_mends_are_told(noted, capsys):
    folder = noted({6: WELL}, repairs=(Repair("r1", "mode collapse", 900, 400),))
    assert main(["diagnose", str(folder)]) == 0
    text = " ".join(capsys.readouterr().out.split())
    assert "repaired at step 900 (mode collapse): back to step 400, with r1" in text


def test_an_unwatched_run_is_looked_at_through_its_checkpoints(run):
    found = diagnosis(run)
    assert [one.step for one in found.seen] == [3, 6]
    assert {"mode_hopping", "mmd", "distance_ratio"} <= found.seen[-1].values.keys()
    assert any(
        note.startswith("trained without a doctor: judged by the checkpoints at step 3 and 6")
        for note in found.notes
    )


def test_last_weights_are_judged_where_averages_are_kept(tmp_path):
    sparring.train("r1_gan", quick(tmp_path / "run"), knobs=NARROW, quiet=True)
    assert "ema_gap" in diagnosis(tmp_path / "run").seen[-1].values


def test_checkpoints_from_before_a_mend_are_not_of_this_game(tmp_path, run):
    shutil.copytree(run, tmp_path / "run")
    assert main(["resume", str(tmp_path / "run"), "--with", "packed=2", "--back-to", "3"]) == 0
    assert checkpoints.steps(tmp_path / "run" / "checkpoints") == [3, 6]
    assert [one.step for one in diagnosis(tmp_path / "run").seen] == [6]


def test_a_run_without_its_data_is_judged_by_its_diary(tmp_path, run):
    folder = tmp_path / "run"
    shutil.copytree(run, folder)
    body = json.loads((folder / "run.json").read_text())
    write_json(folder / "run.json", {**body, "run": {**body["run"], "data": "gone.npz:x"}})
    found = diagnosis(folder)
    assert any("only its event log was read" in note and "gone.npz" in note for note in found.notes)
    assert found.seen[-1].values == {"divergence": 0.0}
    rows = "".join(json.dumps({"step": i, "D.adv": 1.0, "D.gradient": 1e4}) + "\n" for i in range(1, 16))
    (folder / events.FILE).write_text(rows)
    assert kinds(diagnosis(folder)) == {"divergence": "FAIL"}


def test_a_run_that_was_mended_but_not_yet_saved_is_still_drawn_from(tmp_path, run):
    """As where it is killed before the first checkpoint after the repair."""
    folder = tmp_path / "run"
    shutil.copytree(run, folder)
    replace(read_record(folder), repairs=(Repair("packed=2", "by hand", 6, 6),)).write(folder)
    assert np.array_equal(sparring.load(folder).sample(5), sparring.load(run).sample(5))
    assert any("no checkpoint of this game yet" in note for note in diagnosis(folder).notes)


def test_the_page_is_whole_escaped_and_loads_nothing(collapsed, tmp_path):
    found = api.diagnose(collapsed, html=tmp_path / "page.html")
    text = (tmp_path / "page.html").read_text()
    assert not re.search(r"(?:src|href)='(?!data:)|https?://|<script", text)
    assert text.count("data:image/svg+xml;base64,") == len(found.troubles) + 1
    assert all(one.title in text for one in found.troubles)
    assert all(cure.command in text for one in found.troubles for cure in one.cures)
    assert "prefers-color-scheme: dark" in text
    marked = replace(found.findings[0], causes=("<b>& 'x'",), cures=())
    from sparring.tasks.doctor.html import html_page

    shown = html_page(replace(found, about="<script>", notes=("<i>",), troubles=(marked,)))
    assert "<b>" not in shown
    assert "<script" not in shown
    assert "<i>" not in shown


def test_commands_stand_on_one_line_however_narrow_the_terminal(collapsed, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    assert main(["diagnose", str(collapsed)]) == 1
    lines = capsys.readouterr().out.splitlines()
    commands = [cure.command for one in diagnosis(collapsed).findings for cure in one.cures[:1]]
    assert commands
    assert all(f"  $ {command}" in lines for command in commands)


def test_remedies_by_hand_are_refused_before_anything_changes(run, tmp_path):
    shutil.copytree(run, tmp_path / "run")
    before = (tmp_path / "run" / "run.json").read_bytes()
    for wrong, telling in (
        ({"back_to": 4}, "there are 3, 6"),
        ({"back_to": 6}, "--steps larger than"),
        ({"back_to": 3, "remedies": ("r9",)}, "no such practice"),
    ):
        with pytest.raises(BadInput, match=telling):
            sparring.resume(tmp_path / "run", quiet=True, **wrong)
    assert checkpoints.steps(tmp_path / "run" / "checkpoints") == [3, 6]
    assert (tmp_path / "run" / "run.json").read_bytes() == before


def test_going_back_alone_gives_the_same_run_again(run, tmp_path):
    shutil.copytree(run, tmp_path / "run")
    assert sparring.resume(tmp_path / "run", back_to=3, quiet=True).step == 6
    one, other = (checkpoints.load(at / "checkpoints")[1] for at in (run, tmp_path / "run"))
    assert all((one[key] == other[key]).all() for key in one if key.startswith("nets."))
