"""edgeweb deploy --workflow: files that GitHub and GitLab can read, with every secret by its name and none in them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import netlify_api
import pytest
import yaml
from edgeweb import cli
from edgeweb.targets import deploy, workflow

TARGETS = {
    "ssh": "ssh://web@birds.example/srv/www",
    "github": "github:maker/birds",
    "s3": "s3://birds",
    "azure": "azure://$web",
    "hf": "hf:maker/birds",
    "cloudflare": "cloudflare:birds",
    "netlify": "netlify:birds",
    "vercel": "vercel:birds",
    "mlflow": "mlflow:birds",
}
MODEL = "models/my bird's #1: a.onnx"


@pytest.fixture(autouse=True)
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def written(kind: str, target: str, *words: str) -> tuple[str, dict[Any, Any]]:
    assert cli.main(["deploy", "dist", target, "--workflow", kind, "--model", MODEL, *words]) == 0
    text = workflow.FILES[kind].read_text("utf-8")
    return text, yaml.safe_load(text)


def commands(kind: str, read: dict[Any, Any]) -> list[str]:
    steps = read["jobs"]["deploy"]["steps"] if kind == "github" else []
    return [step["run"] for step in steps if "run" in step] or read["edgeweb"]["script"]


def test_every_target_is_known() -> None:
    """Or is on this machine."""
    assert set(TARGETS) == set(workflow.NEEDS) == {each.scheme for each in deploy.TARGETS} - {"folder"}


@pytest.mark.parametrize("scheme", TARGETS)
@pytest.mark.parametrize("kind", workflow.FILES)
def test_it_builds_looks_and_deploys(kind: str, scheme: str) -> None:
    text, read = written(kind, TARGETS[scheme])
    # The shell takes them apart, and edgeweb says what it was given.
    said = 'edgeweb() { printf "%s|" "$@" >> said; echo >> said; }\n'
    others = "".join(f"{name}() {{ :; }}\n" for name in ("python", "python3", "npm", "jq", "apt-get"))
    own = {"RUNNER_TEMP": ".", "HOME": str(Path.cwd()), "PATH": os.environ["PATH"]}
    own |= {"SSH_PRIVATE_KEY": "a key", "SSH_KNOWN_HOSTS": "a host"}
    subprocess.run(["bash", "-eu", "-c", said + others + "\n".join(commands(kind, read))], check=True, env=own)
    found = Path("said").read_text().splitlines()
    for words in (["build", MODEL, "-o", "dist"], ["doctor", "dist"], ["deploy", "dist", TARGETS[scheme]]):
        assert any(line.startswith("|".join(words)) for line in found), found
    if scheme == "ssh":
        assert Path(".ssh/id_ed25519").stat().st_mode & 0o777 == 0o600
    for name, _ in workflow.NEEDS[scheme].secrets:
        assert name in text


@pytest.mark.parametrize("scheme", TARGETS)
def test_github_gives_secrets_to_the_step_that_needs_them_and_no_rights(scheme: str) -> None:
    text, read = written("github", TARGETS[scheme])
    assert read["permissions"] == {"contents": "write" if scheme == "github" else "read"}
    steps = read["jobs"]["deploy"]["steps"]
    given = {name for step in steps for name in step.get("env", {})}
    assert given == {name for name, _ in workflow.NEEDS[scheme].secrets}
    secret = set(re.findall(r"secrets\.(\w+)", text))
    assert secret == {"PAGES_TOKEN"} if scheme == "github" else secret >= given
    # GitHub takes no secret of such a name.
    assert not any(name.startswith("GITHUB_") for name in secret)
    assert all(re.fullmatch(r"actions/[a-z-]+@v\d+", step["uses"]) for step in steps if "uses" in step)
    # Before the others, no step sees one.
    assert not any("env" in step for step in steps[:-3])


def test_a_file_that_is_there_stays(capsys: pytest.CaptureFixture[str]) -> None:
    text, _ = written("gitlab", "netlify:birds")
    Path(".gitlab-ci.yml").write_text("mine: 1\n")
    words = ["deploy", "dist", "netlify:birds", "--workflow", "gitlab", "--model", MODEL]
    assert cli.main(words) == 2
    assert "--dry-run prints" in capsys.readouterr().err
    assert cli.main([*words, "--dry-run"]) == 0
    assert capsys.readouterr().out == text
    assert Path(".gitlab-ci.yml").read_text() == "mine: 1\n"
    assert cli.main([*words, "--force"]) == 0
    assert Path(".gitlab-ci.yml").read_text() == text


def test_a_name_of_the_settings_and_their_file_are_kept() -> None:
    Path("my targets.toml").write_text('[deploy.live]\ntarget = "netlify:birds"\n')
    text, read = written("github", "live", "--config", "my targets.toml", "--keep-days", "30")
    assert "NETLIFY_AUTH_TOKEN: ${{ secrets.NETLIFY_AUTH_TOKEN }}" in text
    assert any(
        "deploy dist live --config 'my targets.toml' --keep-days 30" in each for each in commands("github", read)
    )


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["folder:/srv/www", "--workflow", "github", "--model", "m.onnx"], "No workflow deploys to folder:PATH"),
        (["ssh://web:hunter22@b.example/www", "--workflow", "github", "--model", "m.onnx"], "a login stands in it"),
        (["s3://b\n#", "--workflow", "github", "--model", "m.onnx"], "cannot be written there"),
        (["netlify:birds", "--workflow", "github"], "Give --model MODEL"),
        (["netlify:birds", "--model", "m.onnx"], "or add --workflow"),
        (["netlify:birds", "--workflow", "jenkins", "--model", "m.onnx"], "it takes github or gitlab"),
        (["netlify:birds", "--workflow", "github", "--model", "/home/me/m.onnx"], "is a path of this machine"),
        (["netlify:birds", "--workflow", "github", "--model", "${{ github.token }}"], "cannot be written there"),
        (["netlify:birds", "--workflow", "github", "--model", "a\nb"], "cannot be written there"),
        (["netlify:birds", "--workflow", "github", "--model", "--force"], "--model"),
    ],
)
def test_what_cannot_be_run_there_is_one_sentence(
    words: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["deploy", "dist", *words]) == 2
    said = capsys.readouterr().err
    assert says.lower() in said.lower()
    assert "hunter22" not in said
    assert not Path(".github").exists()


def test_a_folder_of_releases_is_nothing_that_is_built(capsys: pytest.CaptureFixture[str]) -> None:
    Path("dist").mkdir()
    Path("dist/channels.json").write_text("{}")
    assert cli.main(["deploy", "dist", "netlify:birds", "--workflow", "github", "--model", MODEL]) == 2
    assert "folder of releases" in capsys.readouterr().err


@pytest.fixture
def netlify(monkeypatch: pytest.MonkeyPatch) -> Iterator[netlify_api.Netlify]:
    with netlify_api.Netlify() as server:
        monkeypatch.setenv("NETLIFY_API_URL", server.url)
        yield server
        server.shutdown()


@pytest.mark.skipif(shutil.which("jq") is None, reason="GitHub's machines have jq; this one has not")
def test_what_the_steps_type_runs(
    sites: tuple[Path, Path], netlify: netlify_api.Netlify, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the finished site on, by the real commands: the stand-in sends no headers, which the last step says."""
    _, read = written("github", "netlify:birds")
    shutil.copytree(sites[0], "dist")
    folder = repository / "bin"
    folder.mkdir()
    (folder / "edgeweb").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m edgeweb.cli "$@"\n')
    (folder / "edgeweb").chmod(0o755)
    monkeypatch.setenv("PATH", os.pathsep.join((str(folder), os.environ["PATH"])))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, sys.path)))
    monkeypatch.setenv("RUNNER_TEMP", str(repository))
    steps = {step["name"]: step for step in read["jobs"]["deploy"]["steps"] if "run" in step}
    codes, said = {}, {}
    for name in ("Look at the site", "Deploy", "Look at the host"):
        own = dict.fromkeys(steps[name].get("env", {}), netlify_api.TOKEN)
        # As GitHub runs it.
        done = subprocess.run(
            ["bash", "-e", "-c", steps[name]["run"]], env={**os.environ, **own}, capture_output=True, text=True
        )
        codes[name], said[name] = done.returncode, done.stdout + done.stderr
    assert codes == {"Look at the site": 0, "Deploy": 3, "Look at the host": 3}, said
    assert "::error" in said["Look at the host"]
    assert netlify_api.TOKEN not in "".join(said.values())
    assert netlify.shown["index.html"] == (sites[0] / "index.html").read_bytes()
