"""What a browser opens first: every script is named with its hash, and the page says what it will run."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import struct
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pytest
import tiny
from edgeweb.recipe import Site
from edgeweb.site import page
from tiny import ROOT


class Elements(HTMLParser):
    """The elements of a document by name, and the text of its plan."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.plan: Any = None
        self._in_plan = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = {name: value or "" for name, value in attrs}
        self.found.append((tag, named))
        self._in_plan = named.get("id") == "edgeweb-plan"

    def handle_data(self, data: str) -> None:
        if self._in_plan:
            self.plan = json.loads(data)
            self._in_plan = False

    def links(self, rel: str) -> list[dict[str, str]]:
        return [named for tag, named in self.found if tag == "link" and named.get("rel") == rel]


@pytest.fixture(scope="module")
def site(build_once: Callable[..., Site], tmp_path_factory: pytest.TempPathFactory) -> Site:
    model = tiny.saved(tmp_path_factory.mktemp("m"), tiny.convolution(side=512))
    return build_once(model, title='</script>Owls & "friends"')


@pytest.fixture(scope="module")
def document(site: Site) -> Elements:
    return Elements((site.path / "index.html").read_text("utf-8"))


def integrity(data: bytes) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(data).digest()).decode()}"


def test_the_page_links_nothing_that_a_browser_fetches_with_cookies(document: Elements) -> None:
    links = {named["rel"]: named["href"] for tag, named in document.found if tag == "link"}
    assert {rel for rel, address in links.items() if not address.startswith("data:")} == {"manifest"}
    assert not [named for tag, named in document.found if tag != "link" and ("src" in named and tag != "edge-model")]


def test_the_plan_is_that_of_the_manifest(site: Site, document: Elements) -> None:
    manifest = site.manifest
    plan = document.plan
    assert set(plan) == {"script", "interface", "runtimes", "variants", "accelerate"}
    for name in ("script", "interface"):
        assert plan[name]["path"] == getattr(manifest, name)
    assert set(plan["runtimes"]) == set(manifest.runtimes) == {"wasm", "jspi", "asyncify"}
    for name, runtime in manifest.runtimes.items():
        planned = plan["runtimes"][name]
        assert [planned["worker"]["path"], planned["glue"]["path"]] == [runtime.worker, runtime.glue]
        assert [asset["path"] for asset in planned["wasm"]] == runtime.wasm
    planned = [
        ([asset["path"] for asset in each["files"]], each["backends"], each["draft"]) for each in plan["variants"]
    ]
    assert planned == [(each.files, each.backends, None) for each in manifest.variants]
    assert (plan["accelerate"], planned[0][1]) == (True, ["wasm", "webgpu", "webnn"])
    runtimes = [asset for r in plan["runtimes"].values() for asset in (r["worker"], r["glue"], *r["wasm"])]
    for asset in (plan["script"], plan["interface"], *runtimes, *(a for v in plan["variants"] for a in v["files"])):
        entry = manifest.files[asset["path"]]
        wire = entry.encodings.get("br", entry.bytes)
        assert asset == {"path": asset["path"], "bytes": entry.bytes, "wire": wire, "sha256": entry.sha256}


def test_the_policy_allows_the_one_inline_script_and_the_one_style(site: Site, document: Elements) -> None:
    assert document.links("stylesheet") == [], "a style sheet on its way would hold the page blank"
    policy = next(named for _, named in document.found if "http-equiv" in named)["content"]
    for text, source in ((b"const begun = 1", "script-src"), (b"body{margin:0}", "style-src")):
        directive = next(part for part in policy.split("; ") if part.startswith(source))
        assert f"'{integrity(text)}'" in directive
    assert "frame-ancestors" not in policy


def test_the_module_for_other_pages_knows_what_it_loads(site: Site) -> None:
    text = (site.path / "edgeweb.js").read_text("utf-8")
    script = site.manifest.script
    assert f'new URL("{script}", import.meta.url)' in text
    assert f'const integrity = "{integrity((site.path / script).read_bytes())}"' in text


def test_the_page_can_be_installed(site: Site, document: Elements) -> None:
    (link,) = document.links("manifest")
    app = json.loads((site.path / link["href"]).read_text("utf-8"))
    assert app["name"] == '</script>Owls & "friends"'
    assert (app["start_url"], app["scope"], app["display"]) == ("./", "./", "standalone")
    themes = [named for _, named in document.found if named.get("name") == "theme-color"]
    assert [named["content"] for named in themes] == ["#f6f7f5", "#0e1211"]
    sizes = {icon["sizes"]: icon for icon in app["icons"] if icon.get("purpose") != "maskable"}
    assert set(sizes) == {"any", "192x192", "512x512"}
    assert [icon["sizes"] for icon in app["icons"] if icon.get("purpose") == "maskable"] == ["512x512"]
    for icon in app["icons"]:
        assert site.manifest.files[icon["src"]].role == "icon"
        if icon["type"] == "image/png":
            assert png_size((site.path / icon["src"]).read_bytes()) == icon["sizes"]
    (apple,) = document.links("apple-touch-icon")
    start, _, data = apple["href"].partition(",")
    assert (start, png_size(base64.b64decode(data))) == ("data:image/png;base64", "180x180")


def png_size(data: bytes) -> str:
    width, height = struct.unpack(">II", data[16:24])
    return f"{width}x{height}"


@pytest.mark.parametrize(
    ("title", "short"),
    [
        ("Bird finder", "Bird finder"),
        ("Bird finder for everybody", "Bird finder"),
        ("Handschriftenerkennung heute", "Handschrifte"),
        ("x", "x"),
        (" ", " "),
    ],
)
def test_the_name_under_an_icon(title: str, short: str) -> None:
    assert page._short(title) == short


def test_the_colours_are_those_of_the_page() -> None:
    css = (ROOT / "web" / "src" / "page" / "page.css").read_text("utf-8")
    assert re.findall(r"--edge-ground: (#\w+)", css) == [page._LIGHT, page._DARK]
