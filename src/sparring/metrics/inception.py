"""Inception-v3's features, with weights that are fetched when they are first asked for."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from urllib.request import urlopen

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import interpolate

from sparring.core.errors import BadInput
from sparring.metrics.features import Features, Reading, digest
from sparring.metrics.rows import Floats

# Which weights.  torch-fidelity has those of the paper's own graph (inception-2015-12-05), but its package
# imports torchvision throughout and unpickles its file; torchmetrics leans on torch-fidelity; timm, which
# has safetensors, imports torchvision.  Keras runs on torch alone and its weights are HDF5, plain arrays
# with a published checksum.  They are of a later training of the same architecture, so that distances are
# comparable with each other but not with those of papers: the protocol says so.
SOURCE = (
    "https://storage.googleapis.com/tensorflow/keras-applications/inception_v3/"
    "inception_v3_weights_tf_dim_ordering_tf_kernels.h5"
)
MD5 = "9a0d58056eeedaa3f26cb7ebd46da564"
"""As Keras publishes it."""

SIDE, DIMENSIONS, AT_ONCE, PATIENCE = 299, 2048, 32, 30.0
"""Pixels a side, features, pictures at once, and seconds that a server may stay silent."""

Net = Callable[[Tensor], tuple[Tensor, Tensor]]
"""Pictures (n, 3, 299, 299) in [-1, 1] to features (n, 2048) and probabilities (n, 1000)."""


def inception(load: Callable[[], tuple[Net, str]] | None = None) -> Features:
    """The pooled features of Inception-v3, (n, 2048), and its 1000 classes' probabilities.

    Pictures are enlarged or shrunk to 299x299; grey becomes RGB, transparency is laid over white.  `load`
    gives the net and its weights' checksum; None: Keras's.  `BadInput` where Keras is not installed or its
    weights cannot be fetched.  Szegedy et al. 2016, arXiv:1512.00567.
    """
    net, checksum = (load or keras_net)()

    @torch.no_grad()
    def read(x: np.ndarray) -> Reading:
        parts = [net(_sized(x[i : i + AT_ONCE])) for i in range(0, len(x), AT_ONCE)]
        features, odds = (torch.cat(list(found)).double().cpu().numpy() for found in zip(*parts, strict=True))
        return features, odds

    return Features("inception", DIMENSIONS, checksum, "bilinear with antialiasing to 299x299", read)


def keras_net() -> tuple[Net, str]:
    """Keras's Inception-v3 on torch, and the SHA-256 of its weights; errors as `inception` raises."""
    if find_spec("keras") is None:
        raise BadInput("--features inception: needs Keras; pip install 'sparring[inception]', or use random")
    os.environ.setdefault("KERAS_BACKEND", "torch")
    import keras  # an optional extra

    if keras.backend.backend() != "torch":
        raise BadInput(f"--features inception: KERAS_BACKEND is {keras.backend.backend()}; set it to torch")
    whole = keras.applications.InceptionV3(weights=str(fetched(SOURCE, MD5, _cache())))
    both = keras.Model(whole.input, [whole.get_layer("avg_pool").output, whole.output])

    def net(x: Tensor) -> tuple[Tensor, Tensor]:
        features, odds = both(x.permute(0, 2, 3, 1), training=False)
        return features, odds

    return net, digest(keras.ops.convert_to_numpy(weight) for weight in whole.weights)


def fetched(source: str, md5: str, folder: Path) -> Path:
    """The file at the address `source`, kept in `folder`; `BadInput` where it cannot be had or is another."""
    path = folder / source.rsplit("/", 1)[1]
    if not path.is_file():
        draft = path.with_name(f".{path.name}.{os.getpid()}.tmp")
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with urlopen(source, timeout=PATIENCE) as answer, draft.open("wb") as file:
                shutil.copyfileobj(answer, file)
            os.replace(draft, path)
        except OSError as error:  # what the network and what the disk refuse
            raise BadInput(
                f"{source}: cannot be fetched to {folder} ({error}); use other --features"
            ) from error
        finally:
            draft.unlink(missing_ok=True)
    with path.open("rb") as file:
        found = hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
    if found != md5:
        raise BadInput(f"{path}: is not what {source} is known to be (MD5 {found}); delete it and try again")
    return path


def _cache() -> Path:
    return Path(os.environ.get("KERAS_HOME", Path.home() / ".keras")) / "models"


def _sized(x: np.ndarray) -> Tensor:
    rgb = torch.from_numpy(_rgb(x)).permute(0, 3, 1, 2).float()
    sized = interpolate(rgb, (SIDE, SIDE), mode="bilinear", antialias=True, align_corners=False)
    return sized / 127.5 - 1


def _rgb(x: np.ndarray) -> Floats:
    """Pictures of 1 to 4 channels as RGB, 0 to 255; an even number of channels ends in alpha, over white."""
    found = x.astype(np.float64)
    if x.shape[3] % 2 == 0:
        alpha = found[..., -1:] / 255
        found = alpha * found[..., :-1] + (1 - alpha) * 255
    return np.repeat(found, 3, 3) if found.shape[3] == 1 else found
