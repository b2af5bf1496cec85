"""`provenance.json`: what a site was built from and by what, as an in-toto statement with SLSA provenance."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from edgeweb import __version__
from edgeweb.schema.site import FileEntry

_BUILD = "urn:edgeweb:build:1"


def statement(
    about: Mapping[str, Any], files: Mapping[str, FileEntry], sources: Mapping[str, str], options: Mapping[str, Any]
) -> dict[str, Any]:
    """Without times, hosts and users, so that who builds the same again gets the same bytes and can compare.

    It is a statement of the builder's own: only a signature makes it somebody's.
    """
    dependencies = [{"name": name, "digest": {"sha256": digest}} for name, digest in sorted(sources.items())]
    runtimes = [
        {"uri": f"pkg:npm/onnxruntime-web@{version}"}
        for version in sorted({r.version for r in about["runtimes"].values()})
    ]
    python = about.get("python")
    runtimes += [{"uri": f"pkg:npm/pyodide@{python.version}"}] if python is not None else []
    return {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": path, "digest": {"sha256": entry.sha256}} for path, entry in sorted(files.items())],
        "predicateType": "https://slsa.dev/provenance/v1",
        "predicate": {
            "buildDefinition": {
                "buildType": _BUILD,
                "externalParameters": dict(options),
                "resolvedDependencies": [*dependencies, *runtimes],
            },
            "runDetails": {"builder": {"id": f"pkg:pypi/edgeweb@{__version__}"}},
        },
    }
