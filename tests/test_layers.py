"""The listing is the architecture: imports point one way, and no module hides a public function."""

import ast
import pathlib
import re

import symdiff as sd

ROOT = pathlib.Path(__file__).parent.parent


def modules():
    for package in ("codegen", "symdiff"):
        for path in sorted((ROOT / package).rglob("*.py")):
            yield (
                ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"),
                path,
            )


def imported(module, path):
    """The modules of ours that a file imports, wherever in the file it does."""
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    names = {m for m, _ in modules()}
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in names)
        elif isinstance(node, ast.ImportFrom):
            base = (
                ".".join(package.split(".")[: len(package.split(".")) - node.level + 1])
                if node.level
                else ""
            )
            base = ".".join(filter(None, [base, node.module]))
            for alias in node.names:
                name = f"{base}.{alias.name}"
                if name in names or base in names:
                    yield name if name in names else base


def test_codegen_knows_nothing_of_symdiff():
    bad = [(m, i) for m, path in modules() if m.startswith("codegen") for i in imported(m, path)
           if i.startswith("symdiff")]  # fmt: skip
    assert bad == []


def test_imports_make_no_circle():
    graph = {m: set(imported(m, path)) - {m} for m, path in modules()}
    graph = {m: {i for i in found if not m.startswith(i + ".")} for m, found in graph.items()}
    done: set[str] = set()
    while True:
        free = {m for m in graph if m not in done and graph[m] <= done}
        if not free:
            break
        done |= free
    assert set(graph) - done == set()


def is_ours(node):
    """Whether this imports a module of ours."""
    return isinstance(node, ast.ImportFrom) and (
        node.level > 0 or node.module in ("symdiff", "codegen")
    )


def test_our_own_modules_are_imported_at_the_top():
    late = []
    for module, path in modules():
        for function in ast.walk(ast.parse(path.read_text())):
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                late += [f"{module}:{n.lineno}" for n in ast.walk(function) if is_ours(n)]
    assert late == []


def test_a_folder_lists_modules_that_it_has():
    for _, path in modules():
        if path.name == "__init__.py":
            text = ast.get_docstring(ast.parse(path.read_text())) or ""
            listed = set(re.findall(r"`(\w+)`", text[text.find("\n- ") :]))
            assert listed <= {file.stem for file in path.parent.iterdir()}, path


def test_no_module_bears_the_name_of_a_public_function():
    public = {name for name in dir(sd) if callable(getattr(sd, name)) and not name.startswith("_")}
    stems = {path.stem for m, path in modules() if m.startswith("symdiff")}
    assert public & stems == set()
