"""Cookies: none goes with what edgeweb asks for, and a closed page can set none by its own means."""

from __future__ import annotations

import secrets
import shutil
from pathlib import Path

import pytest
from faults import Fault, FaultServer
from hosts import Host, settle
from made import Made
from offline import again, installed, until, updates
from playwright.sync_api import Browser, Page
from sinks import canaries
from visits import begin, fresh

pytest_plugins = ("site_fixtures",)

# Whatever of a page gives a script cookies; the browser asks for sw.js then, with the cookies that there are.
_REQUEST = "await (await navigator.serviceWorker.getRegistration()).update()"
BY_THE_PAGE = f"""async (canary) => {{
  const cookie = (way) => `${{canary}}-${{way}}=1; path=/`
  const ways = {{
    document: () => {{ document.cookie = cookie('document') }},
    prototype: () => {{
      for (let owner = document; owner !== null; owner = Object.getPrototypeOf(owner)) Object.getOwnPropertyDescriptor(owner, 'cookie')?.set.call(document, cookie('prototype'))
    }},
    deleted: () => {{
      Reflect.deleteProperty(document, 'cookie')
      document.cookie = cookie('deleted')
    }},
    store: () => cookieStore.set(`${{canary}}-store`, '1'),
    prototypestore: () => CookieStore.prototype.set.call(globalThis.cookieStore, `${{canary}}-prototypestore`, '1'),
  }}
  const frames = [...document.querySelectorAll('iframe')].map((frame) => frame.contentWindow)
  const inFrames = {{
    frame: (realm) => {{ realm.document.cookie = cookie('frame') }},
    frameprototype: (realm) => Object.getOwnPropertyDescriptor(realm.Document.prototype, 'cookie').set.call(document, cookie('frameprototype')),
    framestore: (realm) => realm.cookieStore.set(`${{canary}}-framestore`, '1'),
  }}
  const tries = [...Object.values(ways), ...Object.values(inFrames).flatMap((way) => frames.map((realm) => () => way(realm)))]
  for (const way of tries) {{
    try {{
      await way()
    }} catch {{
      // Refused, or not known to this browser.
    }}
  }}
  {_REQUEST}
  return {{ tries: tries.length, cookie: document.cookie }}
}}"""
BY_A_NEW_FRAME = f"""async (canary) => {{
  const frame = document.createElement('iframe')
  document.body.append(frame)
  frame.contentDocument.cookie = `${{canary}}-newframe=1; path=/`
  {_REQUEST}
}}"""


def carriers(server: FaultServer) -> set[tuple[str, str]]:
    """The requests that came with a cookie: for what, and what the browser says it wanted that for."""
    found = [(hit.path, hit.request.headers) for hit in server.log]
    return {(path, headers.get("sec-fetch-dest", "")) for path, headers in found if "cookie" in headers}


def tries(page: Page, server: FaultServer, script: str) -> tuple[object, set[str]]:
    """What `script` found, and which of its cookies arrived."""
    canary = f"canary{secrets.token_hex(4)}"
    asked = len(server.hits("sw.js"))
    found = page.evaluate(script, canary)
    assert len(server.hits("sw.js")) > asked, "the browser did not ask for sw.js"
    return found, canaries(server.received(), canary)


def test_no_cookie_goes_along(browser: Browser, made: Made, host: Host) -> None:
    """A first visit, a second one, a look for a newer release; then a script in the closed page that sets cookies."""
    server = host(made("double"))
    server.inject("index.html", Fault(headers={"set-cookie": "host=1; Path=/; Max-Age=3600"}), count=1)
    with fresh(browser) as context:
        page = installed(context, server)
        assert again(page).ready
        assert updates(page, "check()") is False
        settle(page, server)
        # The browser's own request shows that there was a cookie to be sent; the visitor's second page came from the copy.
        assert carriers(server) == {("sw.js", "serviceworker")}
        found, arrived = tries(page, server, BY_THE_PAGE)
        assert (found, arrived) == ({"tries": 8, "cookie": ""}, set())
        # What no page can prevent; docs/privacy.md says so.
        assert tries(page, server, BY_A_NEW_FRAME)[1] == {"newframe"}


@pytest.mark.alike
def test_another_page_keeps_its_cookies(browser: Browser, made: Made, host: Host, tmp_path: Path) -> None:
    shutil.copytree(made("double"), tmp_path / "double")
    page = '<!doctype html><title>Mine</title><script type="module" src="/double/edgeweb.js"></script>'
    (tmp_path / "index.html").write_text(f'{page}<body><edge-model src="/double/"></edge-model>', "utf-8")
    with fresh(browser) as context:
        opened = begin(context, host(tmp_path, headers=False).url)
        until(opened, "globalThis.watched?.model !== undefined")
        opened.evaluate("document.cookie = 'mine=1'")
        assert opened.evaluate("document.cookie") == "mine=1"
