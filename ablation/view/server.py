"""A server for one person on one machine: read-only, limited to known files and to this machine."""

import asyncio
import logging
import socket
import webbrowser
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from ablation.errors import ResultsError
from ablation.view.app import application

HOST, PORT, TRIES = "127.0.0.1", 8421, 20
WAITING = 1024  # connections that wait to be accepted
PATIENCE = 10.0  # seconds that a connection may take for its next request, from the first byte to the last


class Patient(H11Protocol):
    """A connection that is closed when no whole request has come for some time.

    Uvicorn waits without end for the first request of a connection, and for the rest of one that has begun.
    """

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start to wait for the first request."""
        super().connection_made(transport)
        self._wait(answered=None)

    def on_response_complete(self) -> None:
        """Start to wait for the next request."""
        answered = self.cycle
        super().on_response_complete()  # may begin with a request that had already come
        self._wait(answered)

    def _wait(self, answered: object) -> None:
        self.loop.call_later(PATIENCE, self._close_unless_asked, answered)

    def _close_unless_asked(self, answered: object) -> None:
        if self.cycle is answered:
            self.transport.close()


def server(root: Path) -> uvicorn.Server:
    """Make a server for the results folders in a folder; `run(sockets=[listen()])` starts it."""
    config = uvicorn.Config(
        application(root),
        http=Patient,
        ws="none",
        loop="asyncio",
        lifespan="off",
        log_config=None,
        log_level="critical",  # what went wrong in a folder is said by the application
        access_log=False,  # a page asks every few seconds
        server_header=False,
        proxy_headers=False,
        backlog=WAITING,
        timeout_graceful_shutdown=1,
    )
    return uvicorn.Server(config)


def listen(port: int | None = None) -> socket.socket:
    """Open a port of this machine that nobody else can reach.

    Args:
        port: by default 8421, or the next one that is free; 0 for any.

    Raises:
        ResultsError: the port is in use.
    """
    for one in range(PORT, PORT + TRIES) if port is None else (port,):
        with suppress(OSError):
            return socket.create_server((HOST, one), backlog=WAITING)
    taken = f"--port {port}" if port is not None else f"ports {PORT} to {PORT + TRIES - 1}"
    raise ResultsError(f"{taken}: in use by another program; choose a free port with --port")


def view(root: Path, port: int | None, show: bool, say: Callable[[str], None]) -> None:
    """Serve results until Ctrl-C.

    Args:
        root: a results folder, or a folder of results folders.
        port: as for `listen`.
        show: open the index in a browser.
        say: called with the address.

    Raises:
        ResultsError: there is no such folder, or the port is in use.
    """
    if not root.is_dir():
        raise ResultsError(f"{root}: no such folder; `ablation run GRID` makes one")
    with listen(port) as listening:
        at = f"http://{HOST}:{listening.getsockname()[1]}/"
        say(f"{at}  (press Ctrl-C to stop)")
        if show:
            webbrowser.open(at)
        # It says a thousand times that there are too many connections, and then goes on by itself.
        logging.getLogger("asyncio").setLevel(logging.CRITICAL)
        with suppress(KeyboardInterrupt):
            server(root).run(sockets=[listening])
