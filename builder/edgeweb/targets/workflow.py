"""A file for somebody else's machine, which builds a site with every push and deploys it: no secret is in it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath

from edgeweb.errors import OutputError, UsageError
from edgeweb.release import channels
from edgeweb.targets import deploy, named, secrets

# Where each of them looks.
FILES: Mapping[str, Path] = {"github": Path(".github/workflows/edgeweb.yml"), "gitlab": Path(".gitlab-ci.yml")}
# Below the home folder: ssh tries a key of this name, of whatever kind it is.
_SSH = r"""mkdir -p -m 700 ~/.ssh
(umask 077 && printf '%s\n' "$SSH_PRIVATE_KEY" > ~/.ssh/id_ed25519)
printf '%s\n' "$SSH_KNOWN_HOSTS" >> ~/.ssh/known_hosts"""


@dataclass(frozen=True)
class Needs:
    """What a kind of target needs there. `secrets`: names and what they are; `optional`: those some of them need.

    `extra`: of edgeweb's packages; `node`: wrangler, and what runs it; `ssh`: a key; `pushes`: to the repository.
    """

    secrets: tuple[tuple[str, str], ...] = ()
    optional: tuple[tuple[str, str], ...] = ()
    extra: str = ""
    node: bool = False
    ssh: bool = False
    pushes: bool = False
    options: str = ""


_KEY = "a private key without a passphrase, whose public half stands in authorized_keys there"
_WRITER = "a token with the right to write the contents of that repository"
NEEDS: Mapping[str, Needs] = {
    "ssh": Needs((("SSH_PRIVATE_KEY", _KEY), ("SSH_KNOWN_HOSTS", "what ssh-keyscan says of the host")), ssh=True),
    "github": Needs((("GITHUB_TOKEN", _WRITER),), pushes=True),
    "s3": Needs(
        (("AWS_ACCESS_KEY_ID", "of a key that may list, get, put and delete"), ("AWS_SECRET_ACCESS_KEY", "of that key"),
         ("AWS_REGION", "the bucket's, such as eu-central-1")),
        (("AWS_ENDPOINT_URL", "the address of a store that is not Amazon's"),),
        extra="deploy",
    ),
    "azure": Needs(
        (("AZURE_STORAGE_ACCOUNT_NAME", "the account"), ("AZURE_STORAGE_ACCOUNT_KEY", "one of its keys")),
        extra="deploy",
    ),
    "hf": Needs((("HF_TOKEN", "a token with the right to write"),)),
    "cloudflare": Needs(
        (("CLOUDFLARE_API_TOKEN", "a token that may edit Cloudflare Pages"),
         ("CLOUDFLARE_ACCOUNT_ID", "the account that has the project")),
        node=True,
    ),
    "netlify": Needs((("NETLIFY_AUTH_TOKEN", "a personal access token"),)),
    "vercel": Needs(
        (("VERCEL_TOKEN", "a token of the account"),),
        (("VERCEL_ORG_ID", "the team's id, where a team has the project"),),
    ),
    "mlflow": Needs(
        (("MLFLOW_TRACKING_URI", "the server's address"),),
        (("MLFLOW_TRACKING_USERNAME", "its login"), ("MLFLOW_TRACKING_PASSWORD", "of that login")),
        options=" --with-deps",
    ),
}  # fmt: skip

# GitHub gives a run its own token; and no secret may begin with GITHUB_.
_OWN_REPOSITORY = Needs(
    optional=(("PAGES_TOKEN", f"where the site goes to another repository, {_WRITER}"),), pushes=True
)


@dataclass(frozen=True)
class Workflow:
    """`file`: where it belongs; `secrets`: the names that have to be given to whoever runs it."""

    file: Path
    text: str
    secrets: tuple[str, ...]


def workflow(
    kind: str,
    folder: Path,
    target: str,
    model: str | None,
    *,
    config: Path | None = None,
    keep_days: float | None = None,
) -> Workflow:
    """The file, and what it needs. `kind`: a name of FILES; the other arguments are as `edgeweb deploy` takes them.

    Raises:
        UsageError: there is no such target, none can be reached from there, or the model is missing.
    """
    place = deploy.parsed(target, named.read(config))
    needs = _needs(kind, place)
    if model is None:
        raise UsageError("--workflow needs a model", "the site is built where the file is run", "Give --model MODEL")
    if (folder / channels.FILE).exists():
        why = "its releases are chosen by hand, and the file builds one site"
        raise UsageError(f"{folder} is a folder of releases", why, "Name a folder for the site alone, such as dist")
    there = folder.as_posix()
    for name, value in (("DIR", there), ("TARGET", target), ("--model", model), ("--config", str(config or ""))):
        _check(name, value)
    options = f" --config {shlex.quote(str(config))}" if config else ""
    days = f" --keep-days {keep_days:g}" if keep_days is not None else ""
    typed = f"edgeweb deploy {shlex.quote(there)} {shlex.quote(target)}"
    text = _rendered(kind, {
        "model": model, "place": place.typed, "needs": needs, "own": _own(needs), "ssh": _SSH,
        "made": f"{typed} --workflow {kind} --model {shlex.quote(model)}{options}{days}",
        "install": f"python -m pip install {shlex.quote(_package(needs))}",
        "build": f"edgeweb build {shlex.quote(model)} -o {shlex.quote(there)}",
        "check": f"edgeweb doctor {shlex.quote(there)}",
        "deploy": f"{typed}{options}{days}{needs.options}",
    })  # fmt: skip
    return Workflow(FILES[kind], text, tuple(name for name, _ in needs.secrets))


def write(made: Workflow, force: bool) -> None:
    """Where it belongs. OutputError where another one is there, unless by force, or it cannot be written."""
    try:
        made.file.parent.mkdir(parents=True, exist_ok=True)
        with made.file.open("w" if force else "x", encoding="utf-8") as file:
            file.write(made.text)
    except FileExistsError as error:
        hint = "Add by hand what --dry-run prints, or replace it with --force"
        raise OutputError(f"{made.file} is left as it is", "it is there already", hint) from error
    except OSError as error:
        raise OutputError(f"{made.file} cannot be written", error.strerror or str(error), "Correct that") from error


def _needs(kind: str, place: deploy.Place) -> Needs:
    """UsageError where no file may name that target, or none can reach it."""
    found = NEEDS.get(place.target.scheme)
    if found is None:
        why = f"{place.typed} is on this machine, and the file is run on another"
        raise UsageError(f"No workflow deploys to {place.target.form}", why, "Name a target on the network")
    without = re.sub(r"(?<=://)[^/\s:@]+@", "", place.typed)
    if secrets.hidden(without) != without:
        why = "a login stands in it, and everybody who sees the repository would read that"
        raise UsageError("No workflow may name that target", why, "Leave the login out; docs/deploy.md says how else")
    _check("TARGET", place.typed)
    return _OWN_REPOSITORY if kind == "github" and found.pushes else found


def _check(name: str, value: str) -> None:
    """UsageError for what is not there, or would mean something else."""
    if not value.isprintable() or "${{" in value:
        raise UsageError(f"{name} cannot be written there", "it has characters that mean something else", "Rename it")
    if value.startswith("-"):
        raise UsageError(f"{name} cannot be written there", "it begins like an option", f"Write ./{value}")
    if name != "TARGET" and (PurePath(value).is_absolute() or re.match(r"[A-Za-z]:\\", value)):
        why = f"{value} is a path of this machine, and the file is run on another"
        raise UsageError(f"{name} is not in the repository", why, "Name it from the top of the repository")


def _package(needs: Needs) -> str:
    from edgeweb import __version__

    return f"edgeweb[{needs.extra}]=={__version__}" if needs.extra else f"edgeweb=={__version__}"


def _own(needs: Needs) -> list[str]:
    """The variables of GitHub's step that deploys; there, secrets reach nothing that does not name them."""
    if needs.pushes:
        return ["GITHUB_TOKEN: ${{ secrets.PAGES_TOKEN || github.token }}"]
    if needs.ssh:
        return []
    given, more = (
        [f"{name}: ${{{{ secrets.{name} }}}}" for name, _ in names] for names in (needs.secrets, needs.optional)
    )
    return [*given, *(["# Take the # away from what is needed:"] if more else []), *(f"# {line}" for line in more)]


def _rendered(kind: str, given: Mapping[str, object]) -> str:
    import jinja2

    # It is no HTML.
    room = jinja2.Environment(  # noqa: S701
        loader=jinja2.PackageLoader("edgeweb"), undefined=jinja2.StrictUndefined, keep_trailing_newline=True
    )
    return room.get_template(f"workflow-{kind}.yml").render(given)
