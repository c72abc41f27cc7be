import sys
from dataclasses import dataclass, field
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from sparring.core.errors import BadInput
from sparring.data import album
from sparring.data.sources import dataset


class Picture:
    """Stands for `datasets.Image`."""


@dataclass
class Classes:
    """Stands for `datasets.ClassLabel`."""

    names: list[str]


@dataclass
class Table:
    """Stands for `datasets.Dataset`, read by row or by column."""

    columns: dict[str, list[Any]]
    features: dict[str, Any] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.columns["img"])

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, str):
            return self.columns[key]
        return {name: column[key] for name, column in self.columns.items()}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """The package replaced by one that knows the set "owner/set"; what it was asked for."""
    seen: list[tuple[str, str]] = []

    def load_dataset(name: str, split: str) -> Table:
        seen.append((name, split))
        if name != "owner/set":
            raise FileNotFoundError(f"Dataset {name!r} doesn't exist\non the Hub")
        pictures = [Image.new("RGB", (10, 8), (level, 0, 0)) for level in (1, 2, 3)]
        labels = [1, 0, -1 if split == "test" else 1]
        columns = {"id": [1, 2, 3], "img": pictures, "small": pictures[::-1], "kind": labels}
        features = {"id": int, "img": Picture(), "small": Picture(), "kind": Classes(["cat", "dog"])}
        if split == "bare":
            features = {"id": int, "img": str}
        if split == "none":
            columns = {key: [] for key in columns}
        if split == "holes":
            columns["img"] = [pictures[0], *[None] * 2]
        return Table(columns, features)

    package = ModuleType("datasets")
    package.__dict__.update(
        vars(SimpleNamespace(load_dataset=load_dataset, Image=Picture, ClassLabel=Classes))
    )
    monkeypatch.setitem(sys.modules, "datasets", package)
    return seen


@pytest.mark.parametrize("limit", [0, 2**30])
def test_columns_are_found(asked: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch, limit: int) -> None:
    monkeypatch.setattr(album, "IN_MEMORY", limit)
    data = dataset("hf:owner/set")
    assert asked == [("owner/set", "train")]
    assert data.shape == (3, 8, 10)
    assert data.x[np.arange(3)][:, 0, 0, 0].tolist() == [1, 2, 3]
    assert data.classes == ("cat", "dog")
    assert data.y is not None
    assert data.y.tolist() == [1, 0, 1]


def test_split_and_column_may_be_named_and_secret_labels_are_no_labels(asked: list[tuple[str, str]]) -> None:
    data = dataset("hf:owner/set:test:small")
    assert asked == [("owner/set", "test")]
    assert data.x[np.arange(3)][:, 0, 0, 0].tolist() == [3, 2, 1]
    assert data.y is None
    assert "'kind'" in data.notes[0]


@pytest.mark.parametrize(
    ("spec", "telling"),
    [
        ("hf:owner/other", "'owner/other'.*doesn't exist"),
        ("hf:owner/set:train:kind", "no column 'kind' of pictures; .*img, small"),
        ("hf:owner/set:bare", "no column of pictures"),
        ("hf:owner/set:none", "is empty"),
        ("hf:owner/set:holes", "2 of 3 pictures.*'row 1', 'row 2'"),
        ("hf:", r"hf:NAME\[:SPLIT\[:COLUMN\]\]"),
        ("hf:a:b:c:d", r"hf:NAME\[:SPLIT\[:COLUMN\]\]"),
    ],
)
@pytest.mark.usefixtures("asked")
def test_what_the_hub_lacks_is_said_in_one_line(spec: str, telling: str) -> None:
    with pytest.raises(BadInput, match=f"^.*{telling}.*$") as caught:
        dataset(spec)
    assert "\n" not in str(caught.value)


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(BadInput, match=r"^.*pip install 'sparring\[hub\]'$"):
        dataset("hf:owner/set")
