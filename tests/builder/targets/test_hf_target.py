"""hf:OWNER/SPACE through the real huggingface_hub: one commit or none, and nothing of others is lost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import hub_server
import pytest
import shipped
import yaml
from edgeweb import cli
from edgeweb.errors import OutputError, UsageError
from edgeweb.targets import space
from hub_server import Hub

TARGET = "hf:maker/birds"
TOKEN = "hf_planted123"
# The library's own, of its uploads to LFS.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")


@pytest.fixture(autouse=True)
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    with hub_server.serving(TOKEN) as server:
        monkeypatch.setenv("HF_ENDPOINT", server.url)
        monkeypatch.setenv("HF_TOKEN", TOKEN)
        yield server


def shown(hub: Hub) -> dict[str, bytes]:
    return {path: data for path, data in hub.files.items() if path not in ("README.md", ".gitattributes")}


def head(hub: Hub) -> dict[str, object]:
    found: dict[str, object] = yaml.safe_load(hub.files["README.md"].decode().split("---\n")[1])
    return found


def test_one_release_after_the_other_and_the_first_again(sites: tuple[Path, Path], hub: Hub) -> None:
    first, second = sites
    for site, old in ((first, None), (second, first), (first, second)):
        assert shipped.sent(site, TARGET).url == "https://maker-birds.static.hf.space/"
        shipped.shown(shown(hub), site, old)
    assert head(hub)["custom_headers"] == {
        "cross-origin-embedder-policy": "require-corp",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "cross-origin",
    }
    # Nothing that the Hub has is sent again: only the new ledger is.
    uploads = hub.uploads
    shipped.sent(second, TARGET, keep_days=0)
    shipped.shown(shown(hub), second)
    assert hub.uploads == uploads + 1


def test_what_the_readme_says_stays(sites: tuple[Path, Path], hub: Hub) -> None:
    hub.commit({"README.md": b"---\ntitle: Mine\nlicense: mit\ncustom_headers:\n  x-own: a\n---\n\nMy words.\n"})
    shipped.sent(sites[0], TARGET)
    found = head(hub)
    assert (found["title"], found["license"], found["sdk"]) == ("Mine", "mit", "static")
    assert found["custom_headers"]["x-own"] == "a"  # type: ignore[index]
    assert hub.files["README.md"].endswith(b"\nMy words.\n")


def test_a_file_changed_by_hand_is_mended(sites: tuple[Path, Path], hub: Hub) -> None:
    shipped.sent(sites[0], TARGET)
    asset = min(path for path in shipped.assets(sites[0]) if path.endswith(".js"))
    hub.commit({path: data for path, data in hub.files.items() if path != asset} | {"index.html": b"other"})
    shipped.sent(sites[0], TARGET)
    shipped.shown(shown(hub), sites[0])


@pytest.mark.parametrize(
    ("path", "says"), [("app.py", "edgeweb did not make it"), (".gitignore", "leaves files out of what is sent")]
)
def test_a_space_of_something_else_is_left(path: str, says: str, sites: tuple[Path, Path], hub: Hub) -> None:
    if path == ".gitignore":
        shipped.sent(sites[0], TARGET)
    hub.commit({**hub.files, path: b"assets\n"})
    before = hub.head
    with pytest.raises((OutputError, UsageError), match=says):
        shipped.sent(sites[1], TARGET)
    assert hub.head == before


def test_a_dry_run_makes_nothing(sites: tuple[Path, Path], hub: Hub) -> None:
    done = shipped.sent(sites[0], TARGET, dry_run=True)
    assert done.plan is not None
    assert done.plan.sent.keys() == shipped.content(sites[0]).keys()
    assert not hub.head
    assert not hub.uploads


def test_a_race_is_lost_by_whoever_comes_last(
    sites: tuple[Path, Path], hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another deployment ends between the look at the Space and the commit."""
    shipped.sent(sites[0], TARGET)
    commit = space.Space.commit

    def late(self: space.Space, *given: object) -> bool:
        monkeypatch.setattr(space.Space, "commit", commit)
        shipped.sent(sites[1], TARGET)
        return commit(self, *given)  # type: ignore[arg-type]

    monkeypatch.setattr(space.Space, "commit", late)
    with pytest.raises(UsageError, match=r"left as it is. Release \w+ was deployed there meanwhile, at 20"):
        shipped.sent(sites[0], TARGET)
    shipped.shown(shown(hub), sites[1], sites[0])


@pytest.mark.parametrize("name", ["", "birds", "maker/birds/x", "maker/..", "-x/birds", "maker/a--b"])
def test_what_names_no_space(name: str, sites: tuple[Path, Path]) -> None:
    with pytest.raises(UsageError, match="Write hf:OWNER/SPACE"):
        shipped.sent(sites[0], f"hf:{name}")


def test_no_login(sites: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HF_TOKEN")
    monkeypatch.setattr("huggingface_hub.constants.HF_TOKEN_PATH", str(tmp_path / "none"))
    with pytest.raises(UsageError, match="Set HF_TOKEN to a token"):
        shipped.sent(sites[0], TARGET)


def test_a_refused_token_reaches_no_output(
    sites: tuple[Path, Path], hub: Hub, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Not even where the Hub repeats it."""
    hub.token = "hf_other"
    assert cli.main(["deploy", str(sites[0]), TARGET, "--debug"]) == 2
    said = "".join(capfd.readouterr())
    assert "hf:maker/birds could not be changed" in said
    assert "planted" not in said
    assert not hub.head


def test_cut_anywhere(sites: tuple[Path, Path], hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.utils._http.time.sleep", lambda _: None)
    way = shipped.Cutting(hub.server_address[1])
    hub.url = f"http://127.0.0.1:{way.port}"
    monkeypatch.setenv("HF_ENDPOINT", hub.url)
    try:
        assert shipped.cut_anywhere(shipped.cut_on_the_way(way, TARGET), lambda: shown(hub), sites)
    finally:
        way.server_close()
