"""Serves a site that edgeweb built, or a folder of them: `serve` runs it here, `create_app` is the ASGI application.

`develop` serves one that is being worked on.
"""

from __future__ import annotations

import logging

from edgeweb_server.app import create_app
from edgeweb_server.dev import Channel
from edgeweb_server.errors import ServeError
from edgeweb_server.run import develop, serve

__all__ = ["Channel", "ServeError", "create_app", "develop", "serve"]

# A library is silent until its user asks for its log.
logging.getLogger(__name__).addHandler(logging.NullHandler())
