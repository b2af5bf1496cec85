"""WebKit, through WebKitGTK and its own driver: the page loads, proves its numbers, closes its network and answers."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from harness import Served
from made import Made

BROWSERS = ("/usr/lib/*/webkit2gtk-4.*/MiniBrowser", "/usr/libexec/webkit2gtk-4.*/MiniBrowser")
ANSWER = """
const done = arguments[arguments.length - 1];
(async () => {
  const { load } = await import('./edgeweb.js');
  const model = await load();
  const [{ name, shape }] = model.manifest.inputs;
  const dims = shape.map((dim) => (typeof dim === 'number' ? dim : 1));
  const data = new Float32Array(dims.reduce((a, b) => a * b, 1)).fill(0.5);
  const outputs = await model.run({ [name]: { type: 'float32', dims, data } });
  const network = await fetch('edgeweb.json').then(() => 'open', () => 'closed');
  return { backend: model.backend, count: Object.values(outputs)[0].data.length, network };
})().then(done, (error) => done({ error: String(error) }));
"""


@pytest.fixture
def display() -> Iterator[str]:
    """An X display that nobody sees: WebKitGTK has no headless mode."""
    server = shutil.which("Xvfb")
    if server is None:
        pytest.fail("No Xvfb: install it with `apt-get install xvfb`, or let `make test` do it as root.")
    process = subprocess.Popen(
        [server, "-displayfd", "1", "-screen", "0", "1280x900x24"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    yield f":{process.stdout.readline().strip()}"
    process.terminate()
    process.wait(10)
    process.stdout.close()


# Selenium 4.51 warns of its own way to connect.
@pytest.mark.filterwarnings("ignore:setting remote_server_addr:DeprecationWarning")
def test_webkit_runs_a_site(
    display: str, made: Made, serve: Callable[[Path], Served], monkeypatch: pytest.MonkeyPatch
) -> None:
    from selenium import webdriver
    from selenium.webdriver.webkitgtk.service import Service

    driver = shutil.which("WebKitWebDriver")
    browser = next((str(path) for pattern in BROWSERS for path in sorted(Path("/").glob(pattern[1:]))), None)
    if driver is None or browser is None:
        pytest.fail("No WebKitWebDriver: install it with `apt-get install webkit2gtk-driver`.")
    monkeypatch.setenv("DISPLAY", display)
    # The sandbox of WebKit's processes needs user namespaces, which containers often lack.
    monkeypatch.setenv("WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS", "1")
    options = webdriver.WebKitGTKOptions()
    options.binary_location = browser
    options.add_argument("--automation")
    safari = webdriver.WebKitGTK(options=options, service=Service(executable_path=driver))
    try:
        safari.set_script_timeout(60)
        safari.get(serve(made("digits")).url)
        for _ in range(120):
            if safari.execute_script("return document.documentElement.dataset.edgeweb") == "sealed":
                break
            safari.execute_async_script("setTimeout(arguments[0], 500)")
        found = safari.execute_async_script(ANSWER)
        assert found.get("error") is None, found
        assert found["backend"]["parity"] == "passed"
        assert (found["count"], found["network"]) == (10, "closed")
    finally:
        safari.quit()
