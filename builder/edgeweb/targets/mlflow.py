"""mlflow:NAME, an experiment or a registered model: the site's folder into a run, and what it is as tags."""

from __future__ import annotations

import json
import re
import shlex
from typing import Any

from edgeweb.convert import registry
from edgeweb.errors import UsageError
from edgeweb.machine import scratch
from edgeweb.targets.common import Sent, Target, Teller, Wanted
from edgeweb.targets.shipment import Shipment


def send(site: Shipment, name: str, wanted: Wanted, on_step: Teller) -> Sent:
    """Into the run that the model is of, where NAME is that run's experiment or model; else into a new run.

    Raises:
        UsageError: the name is none, or a library is missing.
        ModelError: MLflow cannot be reached, or refuses it.
    """
    if not name or not name.isprintable() or re.search(r"[/:@]", name):
        why = "it is no name of an experiment or of a registered model"
        raise UsageError(f"mlflow:{name} is no target", why, "Write mlflow:NAME")
    if site.channels is not None:
        why = "MLflow keeps a site beside its model, and this folder has several releases"
        raise UsageError(f"{site.folder} cannot go to mlflow:{name}", why, "Deploy the folder of one site")
    below, tags = f"edgeweb/{site.manifest.release}", _tags(site)
    store = registry.address()
    if wanted.dry and not registry.is_remote() and not registry.is_there(store):
        return _sent({"new": True, "run": "", "experiment": name, "why": "the store would be made"}, below, tags)
    source = site.report.get("source") or {}
    told = {
        "name": name, "source": str(source.get("model", "")), "run": str(source.get("run", "")), "title":
        site.manifest.title, "site": str(site.folder.resolve()), "below": below, "count": str(len(site.files)),
        "tags": json.dumps(tags), "dry": "yes" if wanted.dry else "",
    }  # fmt: skip
    on_step(f"asking MLflow for {name}")
    with scratch.folder() as room:
        return _sent(registry.run("log", told, wanted.how, room, on_step), below, tags)


def _tags(site: Shipment) -> dict[str, str]:
    """What the run and the model's version are told, once all files are there."""
    found = {"edgeweb.release": site.manifest.release, "edgeweb.task": site.manifest.task}
    visit, agreement = site.report.get("firstVisit"), site.report.get("agreement")
    if isinstance(visit, dict) and isinstance(visit.get("wireBytes"), int):
        found["edgeweb.first-visit-bytes"] = str(visit["wireBytes"])
    return found if agreement is None else {**found, "edgeweb.agreement": f"{agreement:g}"}


def _sent(done: dict[str, Any], below: str, tags: dict[str, str]) -> Sent:
    run, experiment = done["run"], done["experiment"]
    where = f"run {run} of the experiment {experiment}" if run else f"a new run of the experiment {experiment}"
    notes = [("below", below), ("tags", ", ".join(f"{key} = {value}" for key, value in tags.items()))]
    if done.get("version"):
        notes.append(("tagged too", f"models:/{done['model']}/{done['version']}"))
    if done["why"]:
        notes.append(("why there", done["why"]))
    ui = f"/#/experiments/{done.get('experiment_id')}/runs/{run}" if run else ""
    store = registry.shown()
    served = store.startswith("http")
    following = f"{store.rstrip('/')}{ui}" if served else f"mlflow ui --backend-store-uri {shlex.quote(store)}"
    kept = ("run", "experiment", "model", "version", "new", "why")
    document = {**{key: done.get(key, "") for key in kept}, "below": below, "tags": tags}
    return Sent(where, tuple(notes), following, document)


TARGET = Target("mlflow", "mlflow:NAME", send)
