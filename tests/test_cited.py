"""What comments and docs cite is there: a path that was moved must be moved there, too."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
CODE = ("builder/**/*.py", "server/**/*.py", "web/src/**/*.ts")
BESIDE = ("web/*.mjs", "web/*.ts", "web/test/**/*.ts", "web/strings/*", "tests/**/*.py", "tools/*.py", "bench/*.py")
# From the project's own folder; what a * or a {name} stands for is another matter.
PATHS = re.compile(r"(?<![\w./@-])(?:builder|web|server|tests|playwright|tools|bench|docs)/[\w./-]*\w")
# Files may be cited by the end of their path alone.
NAMES = re.compile(r"(?<![\w./@*{}<$-])[\w-]+(?:/[\w-]+)*\.(?:py|ts|mjs)\b(?![\w/(])")
# The kind of model that CONTRIBUTING.md adds.
EXAMPLE = "video"
# They are a user's.
OTHERS = {"FILE.py", "numpy.py", "setup.py"}


def lines(*patterns: str) -> list[tuple[str, str]]:
    """Each line of the files, and where it is; imports are the compilers' matter."""
    files = [path for pattern in patterns for path in sorted(ROOT.glob(pattern))]
    assert files
    return [
        (f"{path.relative_to(ROOT)}:{number}", line)
        for path in files
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if not line.startswith(("import ", "export ", "from ")) and ".gen." not in path.name
    ]


def test_paths_that_are_cited() -> None:
    places = ("CONTRIBUTING.md", "docs/**/*.md", "web/test/**/*.ts", "tests/**/*.py", "playwright/*.py", *CODE)
    cited = [(where, found[0]) for where, line in lines(*places) for found in PATHS.finditer(line)]
    assert len(cited) > 20
    gone = [each for each in cited if not (ROOT / each[1]).exists()]
    assert [each for each in gone if EXAMPLE not in each[1]] == []


def test_files_that_code_cites_by_their_name() -> None:
    ours = [f"/{path.relative_to(ROOT)}" for pattern in (*CODE, *BESIDE) for path in ROOT.glob(pattern)]
    cited = [(where, found[0]) for where, line in lines(*CODE) for found in NAMES.finditer(line)]
    assert len(cited) > 20
    gone = [each for each in cited if not any(path.endswith(f"/{each[1]}") for path in ours)]
    assert [each for each in gone if each[1] not in OTHERS] == []


def test_no_page_keeps_both_sides_of_a_merge() -> None:
    found = [where for where, line in lines("*.md", "docs/**/*.md", *CODE, *BESIDE) if line.startswith("<<<<<<<")]
    assert found == []
