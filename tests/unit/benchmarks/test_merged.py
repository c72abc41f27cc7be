"""Results of one run take the place of its older ones."""

from __future__ import annotations

import json

from benchmarks.merged import merge


def test_new_rows_stand_where_the_old_ones_stood(tmp_path):
    path = tmp_path / "rows.json"
    for name in "abc":
        merge(path, name, [{"data": name, "is": 1}, {"data": name, "is": 2}])
    merge(path, "b", [{"data": "b", "is": 3}])
    found = [(row["data"], row["is"]) for row in json.loads(path.read_text())]
    assert found == [("a", 1), ("a", 2), ("b", 3), ("c", 1), ("c", 2)]
