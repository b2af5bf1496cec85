"""The Content-Security-Policy and the Connection-Allowlist: what the page may do, and whom it may ask."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from edgeweb.doctor import rules
from edgeweb.doctor.common import Check, Finding, State, several
from edgeweb.doctor.visit import Visit, grouped

Policy = Mapping[str, frozenset[str]]
_MISSING = "The page has the policy of its HTML alone, and other files have none: less is forbidden than was built"
_WEAKER = "What was built to be forbidden is allowed: the site's promise that nothing leaves the device is weaker"
_STRICTER = "The page's own scripts, styles or WebAssembly are refused, and it does not work"
_TWO = "Browsers enforce both, so only what all allow is allowed, and the page may not work"
_ALLOWLIST = "Browsers that know it do not enforce that the page asks its own origin alone; the other policy still does"


def _policies(visit: Visit) -> Iterator[Finding]:
    if visit.rules is None:
        yield Finding("skipped", "headers.json did not arrive as it was built")
        return
    for said, paths in grouped(_wrong(visit)).items():
        kind, _, what = said.partition(":")
        state: State = visit.weight(rules.POLICY) if kind in ("missing", "weaker") else "fail"
        consequence = {"missing": _MISSING, "weaker": _WEAKER, "two": _TWO}.get(kind, _STRICTER)
        mend = visit.header(paths[0].lstrip("/"), rules.POLICY)
        yield Finding(state, f"Content-Security-Policy{what} on {several(paths)}", consequence, mend)


def _wrong(visit: Visit) -> Iterator[tuple[str, str]]:
    for path in visit.files:
        where = "" if path == "index.html" else path
        answer, wanted = visit.plain(path), visit.rules.at(where).get(rules.POLICY) if visit.rules else None
        if answer.status != 200 or wanted is None:
            continue
        # One field may hold several, apart by commas.
        sent = [each.strip() for value in answer.all(rules.POLICY) for each in value.split(",") if each.strip()]
        said = _compared(sent, wanted)
        if said:
            yield said, where or "/"


def _compared(sent: list[str], wanted: str) -> str:
    if not sent:
        return "missing: is missing"
    policies = {frozenset(parsed(each).items()): parsed(each) for each in sent}
    if len(policies) > 1:
        return f"two: comes {len(policies)} times, each time another"
    found, built = next(iter(policies.values())), parsed(wanted)
    lacks = _less(found, built)
    if lacks:
        return f"stricter: lacks {lacks}"
    more = _more(found, built)
    return f"weaker: {more}" if more else ""


def parsed(policy: str) -> Policy:
    """Its directives; of one that comes twice the first counts."""
    found: dict[str, frozenset[str]] = {}
    for part in policy.split(";"):
        words = part.split()
        if words:
            found.setdefault(words[0].lower(), frozenset(words[1:]))
    return found


def _less(found: Policy, built: Policy) -> str:
    """A source that was built to be allowed, and is not."""
    for name, sources in built.items():
        gone = sorted(sources - found.get(name, sources) - {"'none'"})
        if gone:
            return f"{gone[0]} in {name}"
    return ""


def _more(found: Policy, built: Policy) -> str:
    """What is allowed beside what was built."""
    for name, sources in built.items():
        if name not in found:
            return f"lacks {name}"
        added = sorted(found[name] - sources)
        if added:
            return f"allows {added[0]} in {name} too"
        if sources - found[name]:
            return f"lacks 'none' in {name}"
    return ""


def _allowlist(visit: Visit) -> Iterator[Finding]:
    if visit.rules is None:
        yield Finding("skipped", "headers.json did not arrive as it was built")
        return
    wrong: list[tuple[str, str]] = []
    for path in visit.files:
        where = "" if path == "index.html" else path
        wanted, answer = visit.rules.at(where).get(rules.ALLOWLIST), visit.plain(path)
        sent = answer.get(rules.ALLOWLIST)
        if answer.status == 200 and wanted is not None and sent != wanted:
            wrong.append((f"is {sent}, not {wanted}," if sent else "is missing", where or "/"))
    for said, paths in grouped(wrong).items():
        mend = visit.header(paths[0].lstrip("/"), rules.ALLOWLIST)
        yield Finding(
            visit.weight(rules.ALLOWLIST), f"Connection-Allowlist {said} on {several(paths)}", _ALLOWLIST, mend
        )


CHECKS = (
    Check("policy", "the Content-Security-Policy is the one that was built", _policies),
    Check("allowlist", "the Connection-Allowlist is the one that was built", _allowlist),
)
