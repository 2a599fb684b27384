"""The listing is the architecture: imports point one way, and no module hides a public function."""

import ast
import pathlib
import re

import symdiff as sd

ROOT = pathlib.Path(__file__).parent.parent


def name_of(path):
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


MODULES = {
    name_of(path): path
    for package in ("codegen", "symdiff")
    for path in sorted((ROOT / package).rglob("*.py"))
}


def imported(module, within=None):
    """The modules that a file imports, wherever in the file, or in that part of it, it does."""
    path = MODULES[module]
    above = module.split(".") if path.name == "__init__.py" else module.split(".")[:-1]
    for node in ast.walk(within or ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = above[: len(above) - node.level + 1] if node.level else []
            base = ".".join([*start, *filter(None, [node.module])])
            found = [f"{base}.{alias.name}" for alias in node.names]
            yield from (name if name in MODULES else base for name in found)


def test_codegen_knows_nothing_of_symdiff():
    bad = [(m, i) for m in MODULES if m.startswith("codegen") for i in imported(m)
           if i.startswith("symdiff")]  # fmt: skip
    assert bad == []


def test_imports_make_no_circle():
    graph = {m: {*imported(m)} & MODULES.keys() - {m} for m in MODULES}
    graph = {m: {i for i in found if not m.startswith(i + ".")} for m, found in graph.items()}
    done: set[str] = set()
    while True:
        free = {m for m in graph if m not in done and graph[m] <= done}
        if not free:
            break
        done |= free
    assert set(graph) - done == set()


def test_our_own_modules_are_imported_at_the_top():
    late = []
    for module, path in MODULES.items():
        for function in ast.walk(ast.parse(path.read_text())):
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                late += [(module, name) for name in imported(module, function) if name in MODULES]
    assert late == []


def test_a_folder_lists_modules_that_it_has():
    for path in MODULES.values():
        if path.name == "__init__.py":
            text = ast.get_docstring(ast.parse(path.read_text())) or ""
            listed = set(re.findall(r"`(\w+)`", text[text.find("\n- ") :]))
            assert listed <= {file.stem for file in path.parent.iterdir()}, path


def test_no_module_bears_the_name_of_a_public_function():
    public = {name for name in dir(sd) if callable(getattr(sd, name)) and not name.startswith("_")}
    stems = {path.stem for m, path in MODULES.items() if m.startswith("symdiff")}
    assert public & stems == set()
