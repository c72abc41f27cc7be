"""Specs that mean the same from any folder."""

from __future__ import annotations

import pytest

from sparring.data.sources import absolute_spec


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("digits", "digits"),
        ("hf:mnist:train", "hf:mnist:train"),
        ("a.npz:x:y", "{here}/a.npz:x:y"),
        ("idx:b.gz", "idx:{here}/b.gz"),
        ("idx:b.gz:c.gz", "idx:{here}/b.gz:{here}/c.gz"),
        ("pictures", "{here}/pictures"),
        ("/data/c.npz:x", "/data/c.npz:x"),
    ],
)
def test_paths_are_made_absolute_and_names_are_not(spec, expected, tmp_path, monkeypatch):
    for name in ("b.gz", "c.gz"):
        (tmp_path / name).touch()
    monkeypatch.chdir(tmp_path)
    assert absolute_spec(spec) == expected.format(here=tmp_path)
