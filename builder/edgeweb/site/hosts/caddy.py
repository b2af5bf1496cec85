"""A snippet for one's own Caddy."""

from __future__ import annotations

from edgeweb.site.hosts.common import Deployment

PATH = "hosts/Caddyfile"


def write(site: Deployment) -> bytes:
    """Matchers that exclude each other: every `header` that matches applies."""
    root = site.root
    where = f"whose root holds the site{f' in its folder {root}' if root else ''}"
    lines = [
        f"# import this file into a site block {where}.",
        f"file_server {root}/* {{",
        "\tprecompressed br gzip",
        "}",
    ]
    # Without the system's list of types Caddy has none for it.
    types = f"{root}/manifest.webmanifest Content-Type application/manifest+json"
    lines += [f"header {types}", *([f"redir {root} {root}/"] if root else [])]
    lines += [
        "handle_errors {",
        "\theader Cache-Control no-store",
        '\trespond "{err.status_code} {err.status_text}"',
        "}",
    ]
    lines += [
        f"@edgeweb_withheld path {' '.join(root + source for source in site.withheld)}",
        "error @edgeweb_withheld 404",
    ]
    others = " ".join(root + rule["source"] for rule in site.rules if rule["source"] != "/*")
    for number, rule in enumerate(site.rules, 1):
        lines.append(f"@edgeweb{number} {{")
        lines.append(f"\tpath {root}{rule['source']}")
        lines += [f"\tnot path {others}"] if rule["source"] == "/*" else []
        lines += ["}", f"header @edgeweb{number} {{"]
        lines += [f'\t{name} "{value}"' for name, value in rule["headers"].items()] + ["}"]
    return ("\n".join(lines) + "\n").encode()
