"""`make bench-tasks`: tasks of the Hugging Face Hub in a site of edgeweb beside a page of Transformers.js 4, on the same
folders, each on its own host, in one run and in turns.

Cold: a new profile on a line of 10 Mbit/s and 40 ms, to the first answer. Repeat: the browser opened again on that
profile. Tokens a second and the time that a second of speech takes: once the page is at rest, on a fast line. Both pages
are isolated, get compressed files where a host would send them, and take as many threads as they choose. The folders
of ../shared/hub are tiny, so there the runtimes' bytes decide; --folder measures a larger model as one more row.

A row that one of the two cannot do is a row that says why, and the exit code is 1.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cold_start import LINES, Bench, Page
from playwright.sync_api import Playwright, sync_playwright
from task_memory import context_memory
from task_pages import ROOT, Row, file, our_page, their_page, version
from throttled import Line, StaticServer

HUB = ROOT.parent / "shared" / "hub"
LINE = "10 Mbit/s, 40 ms"
# Short answers more often: of three of a millisecond one may have waited for a frame.
AGAIN = """async (tokens) => {
  const found = [], start = performance.now()
  for (let round = 0; round < 4 || (round < 40 && performance.now() - start < 1000); round++) {
    const began = performance.now()
    const written = await globalThis.once(tokens)
    found.push([performance.now() - began, written])
  }
  return found.slice(1)
}"""
_TEXT, _LABELS = "A great film.", ["a fox", "a bank", "a film"]
_QUESTION = {"question": "Where does Angela live ?", "context": "Angela lives in Berlin and works for a bank ."}
_TOKENS = 64
_LARGER_TOKENS = 128


def rows(inputs: Path) -> list[Row]:
    """The rows on ../shared/hub: no option but what every visitor would have to say."""
    picture, square, sound = (file(inputs / name) for name in ("p.png", "sq.png", "a.wav"))
    ask, label = (_QUESTION["question"], _QUESTION["context"]), {"text": _TEXT, "labels": _LABELS}
    pooled = {"pooling": "mean", "normalize": True}
    return [
        Row("text-classification", "bert-cls", _TEXT, "classification", "text-classification", (_TEXT,)),
        Row("text-embedding", "bert-st", _TEXT, "embedding", "feature-extraction", (_TEXT,), theirs=pooled),
        Row("question-answering", "bert-qa", _QUESTION, "answers", "question-answering", ask),
        Row("zero-shot-classification", "bert-mnli", label, "classification", "zero-shot-classification", (_TEXT, _LABELS)),
        Row("text-generation", "gpt2", "Once upon a time", "text", "text-generation", ("Once upon a time",),
            counts=True, first=8, tokens=_TOKENS),
        Row("text2text-generation", "t5", "Translate : hello world", "text", "text2text-generation",
            ("Translate : hello world",), counts=True, first=8, tokens=_TOKENS),
        Row("automatic-speech-recognition", "whisper", sound, "transcript", "automatic-speech-recognition", (sound,),
            seconds=2.0),
        Row("automatic-speech-recognition", "wav2vec2-ctc", sound, "transcript", "automatic-speech-recognition", (sound,),
            seconds=2.0),
        Row("image-classification", "vit", picture, "classification", "image-classification", (picture,)),
        Row("object-detection", "yolos2", square, "detection", "object-detection", (square,)),
        Row("zero-shot-image-classification", "clip", {"image": square, "labels": _LABELS}, "classification",
            "zero-shot-image-classification", (square, _LABELS)),
        Row("image-to-text", "trocr", square, "text", "image-to-text", (square,)),
    ]  # fmt: skip


def larger(folder: Path) -> Row:
    """A decoder of the user's own."""
    text = "Once upon a time"
    more = {"counts": True, "first": 8, "tokens": _LARGER_TOKENS}
    return Row("text-generation", str(folder), text, "text", "text-generation", (text,), **more)


def measured(driver: Playwright, row: Row, rounds: int, room: Path) -> dict[str, Any]:
    """Both contestants on one row; what one of them cannot do is said instead of its numbers."""
    folder = Path(row.folder) if Path(row.folder).is_absolute() else HUB / row.folder
    pages: dict[str, Page] = {}
    found: dict[str, Any] = {"task": row.task, "folder": folder.name}
    makes = {
        "edgeweb": lambda: our_page(folder, row, room / "ours"),
        "Transformers.js": lambda: their_page(folder, room / "theirs"),
    }
    for name, make in makes.items():
        try:
            pages[name] = make()
        except Exception as error:  # noqa: BLE001 (whatever it is, it is the row's answer)
            found[name] = {"error": str(error)}
    bench = Bench(driver, row.said)  # type: ignore[arg-type]
    times: dict[str, list[dict[str, float]]] = {name: [] for name in pages}
    for number in range(rounds):
        for name in list(pages)[:: 1 if number % 2 == 0 else -1]:
            try:
                times[name] += [_start(bench, pages[name]) | _speed(bench, pages[name], row)]
                print(f"  {row.task}, {name}: {times[name][-1]['cold']:.0f} ms", file=sys.stderr, flush=True)
            except Exception as error:  # noqa: BLE001
                found[name] = {"error": str(error).splitlines()[0]}
                del pages[name]
    for name in pages:
        found[name] = {key: statistics.median(each[key] for each in times[name]) for key in times[name][0]}
    return found


def _start(bench: Bench, page: Page) -> dict[str, float]:
    (found,) = bench.starts(page, LINES[LINE], 1)
    for visit in ("cold", "repeat"):
        if not isinstance(found[visit], (int, float)):
            raise RuntimeError(str(found[visit]))
    return found


def _speed(bench: Bench, page: Page, row: Row) -> dict[str, float]:
    """Milliseconds of an answer at rest; tokens a second, or seconds for a second of sound."""
    server = StaticServer(page.folder, Line(), page.codings, page.headers)
    with tempfile.TemporaryDirectory() as profile:
        try:
            runs = bench.visit(
                page, server.url, profile, lambda tab: (tab.wait_for_timeout(3000), tab.evaluate(AGAIN, row.tokens))[1]
            )
        finally:
            server.close()
    taken = statistics.median(each for each, _ in runs)
    speed = {"answerMs": taken}
    if row.counts:
        speed["tokensPerSecond"] = statistics.median(1000 * tokens / each for each, tokens in runs)
        speed["tokens"] = statistics.median(tokens for _, tokens in runs)
    if row.seconds:
        speed["realTimeFactor"] = taken / 1000 / row.seconds
    return speed


_COLUMNS = (
    ("cold", "first answer", "ms"), ("repeat", "repeat visit", "ms"), ("coldBytes", "on the wire", "B"),
    ("answerMs", "an answer", "ms"), ("tokensPerSecond", "tokens/s", ""), ("realTimeFactor", "real-time factor", ""),
)  # fmt: skip


def table(found: Sequence[dict[str, Any]]) -> str:
    """A line a measure; a ratio below 1 is ours to be glad of, above 1 for tokens a second."""
    lines = [f"{'task':<32}{'folder':<16}{'measure':<18}{'edgeweb':>12}{'Transf.js':>12}{'ratio':>8}"]
    for row in found:
        head = f"{row['task']:<32}{row['folder']:<16}"
        failed = [f"{name}: {row[name]['error']}" for name in ("edgeweb", "Transformers.js") if "error" in row[name]]
        lines += [f"{head}FAILED {each}" for each in failed]
        for key, name, _ in _COLUMNS:
            values = [row[each].get(key) for each in ("edgeweb", "Transformers.js")]
            if any(value is not None for value in values):
                shown = "".join(
                    f"{'-' if value is None else format(value, '.3g' if value < 100 else '.0f'):>12}"
                    for value in values
                )
                ratio = f"{values[0] / values[1]:>8.2f}" if all(values) else f"{'-':>8}"
                lines.append(f"{head}{name:<18}{shown}{ratio}")
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", nargs="*", help="folders of ../shared/hub, in place of all; others stay in OUT")
    parser.add_argument("--folder", type=Path, help="a larger decoder besides, also for the memory of a long context")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--context", type=int, default=2000)
    parser.add_argument("--out", type=Path, default=ROOT / "bench" / "results" / "tasks.json")
    given = parser.parse_args()
    wanted = [row for row in rows(HUB / "_inputs") if given.rows is None or row.folder in given.rows]
    wanted += [larger(given.folder.resolve())] if given.folder else []
    found: list[dict[str, Any]] = []
    memory: dict[str, Any] | None = None
    with sync_playwright() as driver:
        for row in wanted:
            with tempfile.TemporaryDirectory() as room:
                found.append(measured(driver, row, given.rounds, Path(room)))
        if given.folder:
            with tempfile.TemporaryDirectory() as room:
                memory = context_memory(driver, larger(given.folder.resolve()), given.context, Path(room))
    before = json.loads(given.out.read_text("utf-8")) if given.rows is not None and given.out.is_file() else {}
    for done in found:
        done.update(when=time.strftime("%Y-%m-%d"), rounds=given.rounds)
    new = {done["folder"]: done for done in found}
    rows_now = [new.pop(old["folder"], old) for old in before.get("rows", [])] + list(new.values())
    whole = {
        "machine": platform.platform(), "processors": os.cpu_count(), "line": LINE, "transformers": version(),
        "rows": rows_now, "memory": memory or before.get("memory"),
    }  # fmt: skip
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(json.dumps(whole, indent=1) + "\n", "utf-8")
    print(table(found))
    if memory:
        print(json.dumps(memory, indent=1))
    failed = [row for row in found if any("error" in row[name] for name in ("edgeweb", "Transformers.js"))]
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
