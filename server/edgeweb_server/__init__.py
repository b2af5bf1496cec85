"""Serves a site that edgeweb built, or a folder of them: `serve` runs it here, `create_app` is the ASGI application.

`develop` serves one that is being worked on, `serve_in_background` one that a notebook shows.
"""

from __future__ import annotations

import logging

from edgeweb_server.app import create_app
from edgeweb_server.background import Background
from edgeweb_server.dev import Channel
from edgeweb_server.errors import ServeError
from edgeweb_server.run import develop, serve, serve_in_background

__all__ = ["Background", "Channel", "ServeError", "create_app", "develop", "serve", "serve_in_background"]

# A library is silent until its user asks for its log.
logging.getLogger(__name__).addHandler(logging.NullHandler())
