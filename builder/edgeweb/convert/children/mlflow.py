"""MLflow's client: a model of its registry or of a run into a folder; a site into a run."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from edgeweb_children.runner import Job, Refusal


def fetch(job: Job) -> dict[str, Any]:
    """The model that `told` names, with its version and run, as `fetched/source.json` and `fetched/model`; nothing
    where `kept` has it already.
    """
    return _asked(job.told["model"], lambda: _fetched(job))


def _fetched(job: Job) -> dict[str, Any]:
    import mlflow

    said = _resolved(job.told["model"])
    stores = [mlflow.get_tracking_uri(), mlflow.get_registry_uri()]
    whole = json.dumps([*stores, *sorted(said.items())]).encode()
    key = hashlib.sha256(whole).hexdigest()[:32]
    if (Path(job.told["kept"]) / key / "source.json").is_file():
        return {"key": key, "new": False}
    job.say(step=f"fetching {said['model']}")
    fetched = job.out / "fetched"
    (fetched / "model").mkdir(parents=True)
    came = Path(mlflow.artifacts.download_artifacts(artifact_uri=said["model"], dst_path=str(job.out / "came")))
    if came.is_file():
        came.rename(fetched / "model" / came.name)
    else:
        (fetched / "model").rmdir()
        came.rename(fetched / "model")
    (fetched / "source.json").write_text(json.dumps(said), "utf-8")
    return {"key": key, "new": True}


def _resolved(model: str) -> dict[str, str]:
    """Without an alias, which may be of another version tomorrow."""
    from mlflow import MlflowClient

    client = MlflowClient()
    scheme, _, rest = model.partition(":")
    rest = rest.lstrip("/")
    if scheme == "runs":
        run, _, path = rest.partition("/")
        client.get_run(run)
        return {"model": f"runs:/{run}/{path}", "run": run, "name": path.rpartition("/")[2]}
    if re.fullmatch("m-[0-9a-f]+", rest):
        logged = client.get_logged_model(rest)
        return {"model": f"models:/{rest}", "run": logged.source_run_id or "", "name": logged.name or rest}
    found = _version(client, rest)
    return {"model": f"models:/{found.name}/{found.version}", "run": found.run_id or "", "name": found.name}


def _version(client: Any, rest: str) -> Any:
    name, _, alias = rest.rpartition("@")
    if name:
        return client.get_model_version_by_alias(name, alias)
    name, _, version = rest.rpartition("/")
    if version != "latest":
        return client.get_model_version(name, version)
    client.get_registered_model(name)
    several = client.search_model_versions(f"name='{name}'")
    if not several:
        raise Refusal(f"models:/{rest} is not there", "this model has no version yet", "Register one first")
    return max(several, key=lambda each: int(each.version))


def log(job: Job) -> dict[str, Any]:
    """A site into the run that its model is of, where `name` is that run's experiment or registered model, else into a
    new run of the experiment of that name; then its tags. `dry`: only says which.
    """
    return _asked(f"mlflow:{job.told['name']}", lambda: _logged(job))


def _logged(job: Job) -> dict[str, Any]:
    from mlflow import MlflowClient

    client, told = MlflowClient(), job.told
    found = _home(client, told)
    if told.get("dry"):
        return found
    tags: dict[str, str] = json.loads(told["tags"])
    if not found["run"]:
        experiment = found["experiment_id"] or client.create_experiment(told["name"])
        run = client.create_run(experiment, run_name=told["title"] or None)
        found |= {"run": run.info.run_id, "experiment_id": experiment}
    job.say(step=f"sending {told['count']} files to run {found['run']}")
    try:
        client.log_artifacts(found["run"], told["site"], told["below"])
    except Exception:
        if found["new"]:
            client.set_terminated(found["run"], "FAILED")
        raise
    # Last, as they say that all of it is there.
    for key, value in tags.items():
        client.set_tag(found["run"], key, value)
        if found["version"]:
            client.set_model_version_tag(found["model"], found["version"], key, value)
    if found["new"]:
        client.set_terminated(found["run"])
    return found


def _home(client: Any, told: dict[str, str]) -> dict[str, Any]:
    """Which run it belongs into; `why`: of a site that was made of one, why it is another."""
    name, model, version = told["name"], "", ""
    if made := re.fullmatch("models:/([^/@]+)/([0-9]+)", told["source"]):
        model, version = made[1], made[2]
    why = ""
    if told["run"]:
        own = _or_none(lambda: client.get_run(told["run"]))
        within = own and client.get_experiment(own.info.experiment_id)
        if own is None:
            why = f"run {told['run']}, which its model is of, is not in this store"
        elif name in (model, within.name):
            there = model and _or_none(lambda: client.get_model_version(model, version))
            said = {"run": told["run"], "experiment": within.name, "experiment_id": within.experiment_id, "why": ""}
            return {**said, "model": model if there else "", "version": version if there else "", "new": False}
        else:
            why = f"run {told['run']}, which its model is of, is in the experiment {within.name}"
    known = client.get_experiment_by_name(name)
    if known is not None and known.lifecycle_stage != "active":
        raise Refusal(f"The experiment {name} was deleted", "MLflow keeps its name", "Restore it, or give another name")
    number = known.experiment_id if known else ""
    return {
        "run": "", "experiment": name, "experiment_id": number, "model": "", "version": "", "new": True, "why": why,
    }  # fmt: skip


def _or_none(ask: Callable[[], Any]) -> Any:
    from mlflow.exceptions import MlflowException

    try:
        return ask()
    except MlflowException as error:
        if _code(error) == "RESOURCE_DOES_NOT_EXIST":
            return None
        raise


def _asked(what: str, do: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What comes of it; its failures in a sentence each."""
    import mlflow
    from mlflow.exceptions import MlflowException

    try:
        return do()
    except (MlflowException, OSError) as error:
        store = _plain(mlflow.get_tracking_uri())
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        text = _plain(lines[0] if lines else type(error).__name__)[:300]
        if re.search("Max retries|Connection|timed out|Failed to establish|NameResolution", str(error)):
            why, hint = f"the MLflow server at {store} cannot be reached", "Check MLFLOW_TRACKING_URI and the network"
        elif _code(error) == "RESOURCE_DOES_NOT_EXIST" or "not found" in text:
            why, hint = (
                f"MLflow at {store} says: {text}",
                "Check the name; MLFLOW_TRACKING_URI says where it is looked for",
            )
        elif re.search(r"\b40[13]\b|PERMISSION_DENIED|UNAUTHENTICATED", f"{_code(error)} {text}"):
            why, hint = f"MLflow at {store} says: {text}", "Set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD"
        elif "database schema" in text:
            why, hint = f"its store at {store} was made by another MLflow", f"Run: mlflow db upgrade {store}"
        else:
            why, hint = (
                f"MLflow {mlflow.__version__} says: {text}",
                "Check it with MLflow itself, or another version of that",
            )
        raise Refusal(
            f"{what} is not to be had" if not what.startswith("mlflow:") else f"{what} takes no site", why, hint
        ) from error


def _code(error: Exception) -> str:
    return str(getattr(error, "error_code", ""))


def _plain(text: str) -> str:
    """Without a password in an address."""
    return re.sub(r"//[^/@\s]*@", "//", text)
