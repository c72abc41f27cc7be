"""Every public name says what it is by an example that runs, and naming them loads no PyTorch."""

import doctest
import inspect
import subprocess
import sys
from collections.abc import Iterator
from types import ModuleType

import pytest

import sparring
from sparring import doctor, inverse, metrics, plots, zoo
from sparring.inverse import operators

NAMESPACES = (sparring, zoo, inverse, operators, metrics, plots, doctor)
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def public() -> Iterator[tuple[str, object]]:
    for namespace in NAMESPACES:
        yield namespace.__name__, namespace
        for name in namespace.__all__:
            thing = getattr(namespace, name)
            if f">>> run = sparring.{name}(" in (namespace.__doc__ or ""):
                continue  # of `Run`, whose docstring is the command line's help
            if inspect.isclass(thing) or inspect.isfunction(thing):
                yield f"{namespace.__name__}.{name}", thing
            elif isinstance(thing, ModuleType):
                assert thing in NAMESPACES, f"{name} is not tested"
            else:
                assert f".{name}" in (namespace.__doc__ or ""), f"{name} has no example"


@pytest.mark.parametrize(
    ("name", "thing"), public(), ids=lambda value: value if isinstance(value, str) else ""
)
def test_every_public_name_has_an_example_that_runs(name, thing, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    module = thing if isinstance(thing, ModuleType) else sys.modules[thing.__module__]
    text = inspect.getdoc(thing) or ""
    test = doctest.DocTestParser().get_doctest(text, dict(vars(module)), name, None, None)
    assert test.examples, f"{name} has no example"
    report: list[str] = []
    done = doctest.DocTestRunner(optionflags=FLAGS).run(test, out=report.append)
    assert done.failed == 0, "".join(report)


def test_every_name_is_exported_once():
    for namespace in NAMESPACES:
        assert len(set(namespace.__all__)) == len(namespace.__all__)
        assert set(namespace.__all__) <= set(dir(namespace))


def test_names_and_help_load_no_torch():
    code = (
        "import sys, pydoc, sparring as s\n"
        "spaces = (s, s.zoo, s.inverse, s.inverse.operators, s.metrics, s.plots, s.doctor)\n"
        "print(*(name for space in spaces for name in dir(space)))\n"
        "print(pydoc.render_doc(s))\n"
        "assert 'torch' not in sys.modules\n"
        "s.zoo.get('gan')\n"
        "assert 'torch' in sys.modules\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for word in ("train", "load", "zoo", "inverse", "metrics", "plots", "doctor", "solve", "frechet"):
        assert word in done.stdout
