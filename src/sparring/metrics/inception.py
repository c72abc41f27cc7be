"""Features of Inception-v3, with weights that are downloaded on first use."""

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

# Choice of weights.  torch-fidelity has those of the original graph (inception-2015-12-05), but it imports
# torchvision throughout and unpickles its file; torchmetrics depends on torch-fidelity; timm has safetensors
# but imports torchvision.  Keras runs on torch alone, and its weights are HDF5, plain arrays with a
# published checksum.  They are from a later training of the same architecture, so that distances are
# comparable with each other but not with those of papers, as the protocol states.
SOURCE = (
    "https://storage.googleapis.com/tensorflow/keras-applications/inception_v3/"
    "inception_v3_weights_tf_dim_ordering_tf_kernels.h5"
)
MD5 = "9a0d58056eeedaa3f26cb7ebd46da564"
"""Checksum published by Keras."""

SIDE, DIMENSIONS, AT_ONCE, PATIENCE = 299, 2048, 32, 30.0
"""Input side in pixels, number of features, batch size, and timeout of the download in seconds."""

Net = Callable[[Tensor], tuple[Tensor, Tensor]]
"""Maps pictures (n, 3, 299, 299) in [-1, 1] to features (n, 2048) and probabilities (n, 1000)."""


def inception(load: Callable[[], tuple[Net, str]] | None = None) -> Features:
    """Return an extractor of Inception-v3's pooled features, (n, 2048), and 1000 class probabilities.

    Pictures are resized to 299x299; grey becomes RGB, transparent pictures are composited over white.  `load`
    returns the net and the checksum of its weights; None: `keras_net`.  Raises `BadInput` if Keras is not
    installed or its weights cannot be downloaded.  Szegedy et al. 2016, arXiv:1512.00567.
    """
    net, checksum = (load or keras_net)()

    @torch.no_grad()
    def read(x: np.ndarray) -> Reading:
        parts = [net(_sized(x[i : i + AT_ONCE])) for i in range(0, len(x), AT_ONCE)]
        features, probabilities = (
            torch.cat(list(part)).double().cpu().numpy() for part in zip(*parts, strict=True)
        )
        return features, probabilities

    return Features("inception", DIMENSIONS, checksum, "bilinear with antialiasing to 299x299", read)


def keras_net() -> tuple[Net, str]:
    """Return Keras's Inception-v3, running on torch, and the SHA-256 of its weights (`features.digest`).

    The net maps pictures (n, 3, 299, 299) in [-1, 1] to pooled features (n, 2048) and class probabilities
    (n, 1000).  Raises `BadInput` if Keras is not installed or does not run on torch, or if the weights cannot
    be downloaded.
    """
    if find_spec("keras") is None:
        raise BadInput("--features inception: needs Keras; pip install 'sparring[inception]', or use random")
    os.environ.setdefault("KERAS_BACKEND", "torch")
    import keras  # an optional extra

    if keras.backend.backend() != "torch":
        raise BadInput(f"--features inception: KERAS_BACKEND is {keras.backend.backend()}; set it to torch")
    whole = keras.applications.InceptionV3(weights=str(download(SOURCE, MD5, _cache())))
    both = keras.Model(whole.input, [whole.get_layer("avg_pool").output, whole.output])

    def net(x: Tensor) -> tuple[Tensor, Tensor]:
        features, probabilities = both(x.permute(0, 2, 3, 1), training=False)
        return features, probabilities

    return net, digest(keras.ops.convert_to_numpy(weight) for weight in whole.weights)


def download(source: str, md5: str, folder: Path) -> Path:
    """Download the file at the URL `source` to `folder`, unless it is already there; return the file's path.

    The file has the last part of the URL as its name.  Raises `BadInput` if the download fails, or if the
    file's MD5 is not `md5` (hexadecimal), which is also checked if the file was there already.
    """
    path = folder / source.rsplit("/", 1)[1]
    if not path.is_file():
        draft = path.with_name(f".{path.name}.{os.getpid()}.tmp")
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with urlopen(source, timeout=PATIENCE) as response, draft.open("wb") as file:
                shutil.copyfileobj(response, file)
            os.replace(draft, path)
        except OSError as error:  # errors of the network and of the disk
            raise BadInput(
                f"{source}: cannot be downloaded to {folder} ({error}); use other --features"
            ) from error
        finally:
            draft.unlink(missing_ok=True)
    with path.open("rb") as file:
        actual = hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
    if actual != md5:
        raise BadInput(f"{path}: has MD5 {actual}, but {source} has {md5}; delete it and try again")
    return path


def _cache() -> Path:
    return Path(os.environ.get("KERAS_HOME", Path.home() / ".keras")) / "models"


def _sized(x: np.ndarray) -> Tensor:
    rgb = torch.from_numpy(_rgb(x)).permute(0, 3, 1, 2).float()
    sized = interpolate(rgb, (SIDE, SIDE), mode="bilinear", antialias=True, align_corners=False)
    return sized / 127.5 - 1


def _rgb(x: np.ndarray) -> Floats:
    """Convert pictures of 1 to 4 channels to RGB, 0 to 255; alpha, if any, is composited over white."""
    rgb = x.astype(np.float64)
    if x.shape[3] % 2 == 0:
        alpha = rgb[..., -1:] / 255
        rgb = alpha * rgb[..., :-1] + (1 - alpha) * 255
    return np.repeat(rgb, 3, 3) if rgb.shape[3] == 1 else rgb
