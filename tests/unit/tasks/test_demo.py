"""The demonstration in small: every file it promises, with what they hold."""

from __future__ import annotations

import json
import re

from PIL import Image

from sparring.tasks.demo import Demo, demo


def test_the_demonstration_writes_what_it_promises(tmp_path):
    out = tmp_path / "demo"
    demo(Demo(out, steps=30, pictures=5, threads=1), quiet=True)
    metrics = json.loads((out / "metrics.json").read_text())
    assert metrics["iterations"] == 30
    assert metrics["threads"] == 1
    assert metrics["train_seconds"] > 0
    assert 100 < metrics["peak_rss_mib"] < 2000
    assert set(metrics["completion"]) == {"sparring", "mean", "telea", "biharmonic", "nearest"}
    for row in metrics["completion"].values():
        assert set(row) == {"psnr_hole", "psnr", "ssim", "seconds_per_image"}
    assert Image.open(out / "training.gif").n_frames > 10
    sheet = Image.open(out / "samples.png")
    assert sheet.width == sheet.height > 300
    assert Image.open(out / "completions.png").width > 600
    assert Image.open(out / "ranked.png").width > 600
    assert list((out / "completion" / "ranked").iterdir())
    page = (out / "report.html").read_text()
    assert page.count("src='data:image/") == 4
    assert not re.search(r"(src|href)=['\"](?!data:)", page.replace('xlink:href="#', ""))
    assert "<svg" in page
    assert f"{metrics['completion']['telea']['psnr_hole']:.4g}" in page
