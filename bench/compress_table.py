"""What `make bench-compress` found, as lines for people."""

from __future__ import annotations

from typing import Any

from edgeweb.site.report import compression


def table(found: dict[str, Any]) -> str:
    """A block a model, and the ratios."""
    lines = []
    for name, each in found["models"].items():
        lines += ["", f"{name}: {each['samples']['held']} inputs nobody saw, {each['data']}"]
        columns = (f"{title:>9}" for title in ("bytes", "wire", "agree", "top-1", "cosine", "worst", "dB", "neighb."))
        lines.append(f"{'':<34}{''.join(columns)}  >= {found['minimum']:g}")
        lines += [_line(row) for row in each["forms"]]
    lines += ["", f"{'edgeweb / best of today':<34}{'ratio':>9}  goal <= {found['goal']:g}"]
    for name, each in found["models"].items():
        lines.append(_ratio_line(name, each["ratio"]))
        if "ratioByNeighbours" in each:
            lines.append(_ratio_line(f"{name}, by neighbours", each["ratioByNeighbours"]))
    lines += [f"{name}: left out, {why}" for name, why in found["absent"].items()]
    return "\n".join(lines)


def _line(row: dict[str, Any]) -> str:
    head = f"{row['by'] + ': ' + row['form'] + (' *' if row.get('ships') else ''):<34}"
    if "failed" in row:
        return f"{head} {row['failed'][:100]}"
    cells = f"{row['bytes']:>9}{row['wireBytes']:>9}"
    for key in ("agreement", "top1", "cosine", "worst"):
        cells += f"{'-' if row[key] is None else compression.share(row[key]):>9}"
    cells += f"{'equal' if row['sqnr'] is None else format(row['sqnr'], '.1f'):>9}"
    cells += f"{'-' if row['neighbours'] is None else compression.share(row['neighbours']):>9}"
    return f"{head}{cells}  {'yes' if row['passes'] else 'no'}"


def _ratio_line(name: str, part: dict[str, Any]) -> str:
    if part["ratio"] is None:
        return f"{name:<34}{'-':>9}"
    against = f"{part['ours']} / {part['against']}{' (none smaller reaches it)' if part['againstExact'] else ''}"
    verdict = "met" if part["met"] else "missed" if part["oursPasses"] else "missed: below on what nobody saw"
    time = "" if part.get("time") is None else f", {part['time']:.2f} times as long in the browser"
    return f"{name:<34}{part['ratio']:>9.3f}  {verdict:<34}{against}{time}"
