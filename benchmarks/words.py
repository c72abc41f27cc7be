"""Draw public functions by a seed and print them without bodies, to ask a reader what each does.

`python -m benchmarks.words SEED COUNT` prints module, signature and docstring of COUNT functions.  A reader
who has read nothing else of the package says what each does; the answers are compared with the bodies by
hand, and both are kept in `results/words.json`.
"""

from __future__ import annotations

import ast
import random
import sys
from collections.abc import Iterator
from pathlib import Path

SOURCE = Path(__file__).parents[1] / "src" / "sparring"


def public_functions() -> Iterator[tuple[str, ast.FunctionDef]]:
    """Yield every public function of a module as (dotted module, definition), sorted by module."""
    for path in sorted(SOURCE.rglob("*.py")):
        module = ".".join(path.relative_to(SOURCE.parent).with_suffix("").parts).removesuffix(".__init__")
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                yield module, node


def without_body(module: str, function: ast.FunctionDef) -> str:
    """Return a function as text: its module, its signature and its docstring."""
    doc = ast.get_docstring(function) or ""
    signature = ast.FunctionDef(
        function.name, function.args, [ast.Expr(ast.Constant(...))], [], function.returns, type_params=[]
    )
    head = ast.unparse(ast.fix_missing_locations(signature)).rsplit(":", 1)[0]
    return f"# {module}\n{head}:\n" + "\n".join(f"    {line}".rstrip() for line in doc.splitlines())


def main(seed: int, count: int) -> None:
    """Print `count` functions drawn by `seed`."""
    drawn = random.Random(seed).sample(list(public_functions()), count)
    for number, (module, function) in enumerate(drawn, 1):
        print(f"## {number}\n{without_body(module, function)}\n")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
