"""Results of one run take the place of its older ones."""

from __future__ import annotations

import json

from benchmarks.completion import beside
from benchmarks.merged import merge


def test_new_rows_stand_where_the_old_ones_stood(tmp_path):
    path = tmp_path / "rows.json"
    for name in "abc":
        merge(path, name, [{"data": name, "is": 1}, {"data": name, "is": 2}])
    merge(path, "b", [{"data": "b", "is": 3}])
    found = [(row["data"], row["is"]) for row in json.loads(path.read_text())]
    assert found == [("a", 1), ("a", 2), ("b", 3), ("c", 1), ("c", 2)]


def test_rows_of_other_presets_stay_beside_new_ones_of_the_same_run_and_pictures():
    def row(mask, preset, steps=10, is_now=0):
        return {"mask": mask, "preset": preset, "steps": steps, "pictures": 4, "is": is_now}

    old = [row("centre", "default"), row("centre", "csgm"), row("half", "csgm"), row("half", "fast", steps=9)]
    found = beside([row("centre", "default", is_now=1), row("half", "default", is_now=1)], old)
    assert [(one["mask"], one["preset"], one["is"]) for one in found] == [
        ("centre", "csgm", 0),
        ("centre", "default", 1),
        ("half", "csgm", 0),
        ("half", "default", 1),
    ]
