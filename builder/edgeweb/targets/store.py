"""One site in a bucket or container, through obstore: an object is replaced whole, the ledger only if it is as read."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from edgeweb.errors import EdgewebError, OutputError, SiteError
from edgeweb.schema.steps import Detail
from edgeweb.targets import ledger, objects, secrets
from edgeweb.targets.common import Teller, check_place
from edgeweb.targets.inplace import OutrunError, Phases
from edgeweb.targets.ledger import Entry
from edgeweb.targets.shipment import Shipment

if TYPE_CHECKING:
    from obstore.store import AzureStore, S3Store

_AT_ONCE = 8
# A site has fewer files, and its own are among the first: capitals and hidden ones, `assets/` and then `edgeweb.json`.
_FIRST = 1000
_LEDGER = {"Content-Type": "application/json", "Cache-Control": "no-cache"}


class Objects:
    """An `inplace.Place`. `advice`: by a word of an error, what to try then."""

    def __init__(
        self,
        store: S3Store | AzureStore,
        prefix: str,
        name: str,
        site: Shipment,
        advice: Mapping[str, str],
        force: bool = False,
    ) -> None:
        self._store, self._prefix, self.name, self._site, self._advice = store, prefix, name, site, advice
        self._force = force
        # How the ledger was when it was last seen; None where there was none.
        self._tag: str | None = None

    def read(self) -> bytes | None:
        """The ledger as it is now; a place that is somebody else's is refused."""
        import obstore

        with self._told("read"):
            try:
                found = obstore.get(self._store, self._at(ledger.NAME))
            except (FileNotFoundError, obstore.exceptions.NotFoundError):
                self._tag = None
                check_place(self.name, self._names(), self._force)
                return None
            self._tag = found.meta["e_tag"]
            return bytes(found.bytes())

    def _names(self) -> set[str]:
        """Of what is at the top, as far as a first look tells."""
        import obstore

        listed = obstore.list(self._store, prefix=self._prefix or None, chunk_size=_FIRST)
        before = len(self._prefix) + 1 if self._prefix else 0
        return {each["path"][before:].split("/")[0] for each in next(iter(listed), [])}

    def write(self, data: bytes) -> None:
        """The ledger, where nobody else has written it meanwhile."""
        import obstore
        from obstore.exceptions import AlreadyExistsError, NotSupportedError, PreconditionError

        mode: Any = "create" if self._tag is None else {"e_tag": self._tag}
        with self._told("written"):
            try:
                done = obstore.put(self._store, self._at(ledger.NAME), data, attributes=dict(_LEDGER), mode=mode)
            except (AlreadyExistsError, FileExistsError, PreconditionError):
                raise OutrunError from None
            except (NotSupportedError, NotImplementedError):
                done = self._write_after_a_look(data)
            self._tag = done["e_tag"]

    def _write_after_a_look(self, data: bytes) -> Any:
        """For a store that cannot do both in one: another deployment of the same second may go unnoticed there."""
        import obstore

        seen = self._tag
        self.read()
        if self._tag != seen:
            raise OutrunError
        return obstore.put(self._store, self._at(ledger.NAME), data, attributes=dict(_LEDGER))

    def send(self, phases: Phases, tell: Teller, alive: Callable[[], None]) -> None:
        """Several at once within a phase; the next begins when all of it is there."""
        many = sum(map(len, phases))
        tell(f"sending {many} files")
        done = 0
        with ThreadPoolExecutor(_AT_ONCE) as workers:
            for phase in phases:
                try:
                    for path in workers.map(self._put, phase.items()):
                        done += 1
                        alive()
                        tell(Detail(f"{done} of {many}: {path}"))
                except BaseException:
                    workers.shutdown(cancel_futures=True)
                    raise

    def _put(self, item: tuple[str, Entry]) -> str:
        import obstore

        path, entry = item
        name = objects.source(path, entry)
        try:
            data = (self._site.folder / name).read_bytes()
        except OSError as error:
            raise SiteError(f"{name} cannot be read", error.strerror or str(error), "Build the site again") from error
        if hashlib.sha256(data).hexdigest() != self._site.files[name].sha256:
            raise SiteError(f"{name} has changed", "it was built again while it was sent", "Deploy it again")
        with self._told("written"):
            obstore.put(self._store, self._at(path), data, attributes=dict(objects.attributes(entry)))
        return path

    def delete(self, paths: Sequence[str]) -> None:
        """What is gone already is no error."""
        import obstore

        with self._told("written"):
            for path in paths:
                try:
                    obstore.delete(self._store, self._at(path))
                except (FileNotFoundError, obstore.exceptions.NotFoundError):
                    continue

    def _at(self, path: str) -> str:
        return f"{self._prefix}/{path}" if self._prefix else path

    @contextmanager
    def _told(self, done: str) -> Iterator[None]:
        """What the library raises, in a sentence, and without what it knows of the keys."""
        from obstore.exceptions import BaseError

        try:
            yield
        except (EdgewebError, OutrunError):
            raise
        except (BaseError, OSError, ValueError, TimeoutError) as error:
            said = secrets.hidden(str(error))
            hint = next((advice for word, advice in self._advice.items() if word.lower() in said.lower()), "")
            raise OutputError(f"{self.name} could not be {done}", _short(said), hint or "Try again") from None


def _short(said: str) -> str:
    """What the server said, where it said it in XML; otherwise the first sentence."""
    import re

    found = re.search(r"<Code>([^<]+)</Code>\s*<Message>([^<]+)", said)
    if found:
        return f"{found[1]}: {found[2]}"
    return re.split(r"\n\n|\bDebug source", said)[0].strip()
