"""Folders of pictures, with the names of subfolders as labels."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from sparring.core.errors import BadInput
from sparring.data.album import Album
from sparring.data.picture import SUFFIXES, open_picture


@dataclass(frozen=True)
class PictureFiles:
    """Picture files under a folder."""

    folder: Path
    paths: tuple[str, ...]
    """Relative to the folder."""

    def __len__(self) -> int:
        return len(self.paths)

    def name(self, index: int) -> str:
        return self.paths[index]

    def picture(self, index: int) -> Image.Image:
        return open_picture(self.folder / self.paths[index])


def _pictures_below(folder: Path) -> list[tuple[str, ...]]:
    """Return the path parts of every picture below `folder`, sorted, without hidden files and folders."""
    paths: list[tuple[str, ...]] = []
    for here, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        above = Path(here).relative_to(folder).parts
        paths += [
            (*above, name)
            for name in files
            if not name.startswith(".") and os.path.splitext(name)[1].lower() in SUFFIXES
        ]
    return sorted(paths)


def _with_links(folder: Path) -> list[tuple[str, ...]]:
    """As `_pictures_below`, but class folders may be symbolic links, which `os.walk` does not follow."""
    links = sorted(link for link in folder.iterdir() if link.is_symlink() and link.is_dir())
    linked = [(link.name, *parts) for link in links if link.name[0] != "." for parts in _pictures_below(link)]
    return sorted(_pictures_below(folder) + linked)


def file_album(path: Path) -> Album:
    """Return an album of the single picture file `path`, without labels."""
    return Album(PictureFiles(path.parent, (path.name,)))


def folder_album(folder: Path) -> Album:
    """Return all PNG, JPEG, WebP, BMP and TIFF files below `folder`; its subfolders, sorted, are the classes.

    A picture further down belongs to the class of the subfolder of `folder` that contains it.  There are no
    labels if the folder itself also holds pictures.  Hidden files and folders are left out.  Raises
    `BadInput` if there is no picture or the folder cannot be listed.
    """
    try:
        paths = _with_links(folder)
    except OSError as error:
        raise BadInput(f"folder {str(folder)!r} cannot be listed: {error.strerror}") from error
    if not paths:
        raise BadInput(f"folder {str(folder)!r} holds no pictures (PNG, JPEG, WebP, BMP or TIFF)")
    files = PictureFiles(folder, tuple(str(Path(*parts)) for parts in paths))
    top = {parts[0] for parts in paths if len(parts) > 1}
    loose = sum(len(parts) == 1 for parts in paths)
    if not top:
        return Album(files)
    if loose:
        return Album(files, notes=(f"no labels: {loose} pictures are outside the subfolders",))
    classes = tuple(sorted(top))
    place = {name: index for index, name in enumerate(classes)}
    return Album(files, np.array([place[parts[0]] for parts in paths], np.int64), classes)
