"""Serves a site that edgeweb built, or a folder of them: `serve` runs it here, `create_app` is the ASGI application."""

from __future__ import annotations

import logging

from edgeweb_server.app import create_app
from edgeweb_server.errors import ServeError
from edgeweb_server.run import serve

__all__ = ["ServeError", "create_app", "serve"]

# A library is silent until its user asks for its log.
logging.getLogger(__name__).addHandler(logging.NullHandler())
