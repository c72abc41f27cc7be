"""The rules of the house, read off the source."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SRC = ROOT / "src" / "sparring"
FILES = sorted(SRC.rglob("*.py"))
ZOO = sorted(path for path in (SRC / "zoo").glob("*.py") if path.name != "__init__.py")

LONGEST_FILE, LONGEST_FUNCTION, LONGEST_RECIPE = 400, 40, 80
SAID_TWICE = {"objective", "departures"}
"""Fields of a recipe that repeat its docstring, as data; neither counts towards the length of its file."""
CLONES = 0.15
CATCH_ALLS = {"utils", "util", "helpers", "helper", "common", "base", "misc", "manager", "tools"}
LETTERS = {
    "core/recipe.py": "names the keys that the zoo's losses and the plain sampler and judge read",
    "inverse/encoder_recipe.py": "is a recipe",
    "plots/dirac.py": "is a recipe",
    "plots/line.py": "is a recipe",
    "practice/layers.py": "G, D and both are values of a setting",
    "practice/terms.py": "R2Penalty is a loss in the vocabulary of the zoo, beside the zoo's own R1Penalty",
    "tasks/doctor/loss_file.py": "names the columns of losses that another program has written",
}
"""Files that may call a net or a turn G or D, and why; the zoo and the claims may anyway."""
ENGINES_OWN = {
    "detach",
    "backward",
    "step",
    "zero_grad",
    "train",
    "eval",
    "to",
    "cuda",
    "cpu",
    "requires_grad_",
}


def label(path: Path) -> str:
    return path.relative_to(SRC).as_posix()


every_file = pytest.mark.parametrize("path", FILES, ids=label)
every_recipe_file = pytest.mark.parametrize("path", ZOO, ids=label)


def code_lines(path: Path) -> list[str]:
    """Lines of code that say something: imports, comments and docstrings apart."""
    text = path.read_text()
    prose: set[int] = set()
    for node in ast.walk(ast.parse(text)):
        imports = isinstance(node, ast.Import | ast.ImportFrom)
        string = (
            isinstance(node, ast.Expr)
            and isinstance(node.value, ast.Constant)
            and isinstance(node.value.value, str)
        )
        if imports or string:
            prose.update(range(node.lineno, node.end_lineno + 1))
    lines = [line.strip() for number, line in enumerate(text.splitlines(), 1) if number not in prose]
    return [line for line in lines if len(line) > 12 and not line.startswith("#")]


def test_layers_hold():
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@every_file
def test_files_and_functions_are_short(path):
    text = path.read_text()
    assert len(text.splitlines()) <= LONGEST_FILE
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno - node.lineno < LONGEST_FUNCTION, f"{node.name} is long"


def test_clone_share():
    where: dict[str, set[Path]] = defaultdict(set)
    lines = {path: code_lines(path) for path in FILES}
    for path, found in lines.items():
        for line in found:
            where[line].add(path)
    total = sum(map(len, lines.values()))
    shared = sum(len(where[line]) > 1 for found in lines.values() for line in found)
    assert shared / total <= CLONES, f"{shared} of {total} lines stand in more than one file"


@every_file
def test_no_catch_all_modules_and_no_banned_words(path):
    assert path.stem not in CATCH_ALLS
    assert not CATCH_ALLS & {part.lower() for part in path.relative_to(SRC).parent.parts}
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in {"hasattr", "eval", "exec"}, f"line {node.lineno}"
        if isinstance(node, ast.FunctionDef):
            assert node.args.kwarg is None, f"{node.name} passes keywords through"
        if isinstance(node, ast.ExceptHandler):
            names = ast.unparse(node.type) if node.type else ""
            assert names not in {"", "Exception", "BaseException"}, f"line {node.lineno}"
        if isinstance(node, ast.Import | ast.ImportFrom):
            assert not {"pickle", "torchvision"} & set(re.findall(r"\w+", ast.unparse(node)))
    assert not re.search(
        r"\b(TODO|FIXME|XXX|(?<!safetensors\.)torch\.load|(?<!safetensors\.)torch\.save)\b", path.read_text()
    )
    assert "allow_pickle=True" not in path.read_text()


@every_file
def test_second_order_gradients_go_through_one_place(path):
    text = path.read_text()
    if label(path) != "objectives/gradient.py":
        assert "func.grad" not in text
    assert "create_graph" not in text


@every_recipe_file
def test_recipes_leave_the_engine_its_work(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            assert node.func.attr not in ENGINES_OWN, f"line {node.lineno}: .{node.func.attr}()"


@every_recipe_file
def test_recipes_are_short(path):
    text = path.read_text()
    tree = ast.parse(text)
    said = [node for node in ast.walk(tree) if isinstance(node, ast.keyword) and node.arg in SAID_TWICE]
    lines = sum(node.end_lineno - node.lineno + 1 for node in (tree.body[0], *said))
    assert len(text.splitlines()) - lines <= LONGEST_RECIPE


@pytest.mark.parametrize("path", [p for p in FILES if p.parent.name != "zoo"], ids=label)
def test_nobody_outside_the_zoo_asks_which_recipe_it_is(path):
    names = {recipe.stem for recipe in ZOO}
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Compare):
            words = {c.value for c in [node.left, *node.comparators] if isinstance(c, ast.Constant)}
            assert not words & names, f"line {node.lineno} compares with a recipe's name"


def finds_by_letter(node: ast.AST) -> bool:
    """Whether a piece of code names a net, a turn or a term by the letter G or D: "G", "D.adv", n.G."""
    if isinstance(node, ast.Attribute) and node.attr in {"G", "D"}:
        return ast.unparse(node.value).rpartition(".")[2] in {"n", "nets"}
    text = node.value if isinstance(node, ast.Constant) else None
    return isinstance(text, str) and bool(re.fullmatch(r"[GD](\.\w+)?|GD|DG", text))


@every_file
def test_no_net_is_found_by_its_letter(path):
    if path.relative_to(SRC).parts[0] in {"zoo", "claims"}:
        return
    lines = [node.lineno for node in ast.walk(ast.parse(path.read_text())) if finds_by_letter(node)]
    excused = label(path) in LETTERS
    assert bool(lines) == excused, f"lines {lines}: find nets by their roles (`practice.players`)"


@every_file
def test_public_things_are_described(path):
    tree = ast.parse(path.read_text())
    assert ast.get_docstring(tree), "the module says nothing of itself"
    for node in tree.body:
        public = isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
        if public:
            assert ast.get_docstring(node), f"{node.name} has no docstring"


def test_generated_tables_are_fresh():
    from benchmarks.tables import filled, tables

    for page, blocks in tables().items():
        assert page.read_text() == filled(page.read_text(), blocks), (
            f"{page.name}: python -m benchmarks.tables"
        )


def test_pages_of_the_command_line_are_fresh():
    from benchmarks.index import FOLDER, pages, text

    for page, content in pages().items():
        assert (FOLDER / f"{page}.json").read_text() == text(content), "python -m benchmarks.index"


def test_test_files_have_names_of_their_own():
    names = [path.name for path in (ROOT / "tests").rglob("test_*.py")]
    assert sorted(set(names)) == sorted(names)  # pytest imports two of one name as one module
