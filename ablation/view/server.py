"""A server for one person on one machine: read-only, limited to known files and to this machine."""

import json
import webbrowser
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote_to_bytes

from ablation.errors import AblationError, ResultsError
from ablation.report.files import PAGE
from ablation.view.folders import KINDS, file_of, studies
from ablation.view.pages import address, index_page, live_page, shows_report, update
from ablation.view.state import read_state

HOST, PORT, TRIES = "127.0.0.1", 8421, 20
_POLICY = (
    "default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class Handler(BaseHTTPRequestHandler):
    """Answers GET and HEAD; `root` is set by `server`."""

    root: Path
    server_version = "ablation"
    sys_version = ""

    def do_GET(self) -> None:
        """Answer a request."""
        self._respond(body=True)

    def do_HEAD(self) -> None:
        """Answer a request without the content."""
        self._respond(body=False)

    def log_message(self, *_: object) -> None:
        """Log nothing, because a page asks every few seconds."""

    def _respond(self, *, body: bool) -> None:
        try:
            status, kind, content = self._answer()
        except (AblationError, OSError, ValueError) as error:  # a folder changed while it was read
            status, kind, content = HTTPStatus.NOT_FOUND, KINDS["toml"], _text(f"{error}\n")
        try:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.send_header("Content-Security-Policy", _POLICY)
            self.send_header("X-Content-Type-Options", "nosniff")
            self.send_header("Referrer-Policy", "no-referrer")
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            if body:
                self.wfile.write(content)
        except (BrokenPipeError, ConnectionResetError):
            pass  # the browser has moved on

    def _answer(self) -> tuple[HTTPStatus, str, bytes]:
        # Another site may point a name of its own at this machine and so get access (DNS rebinding).
        port = self.connection.getsockname()[1]
        if self.headers.get("Host") not in {f"{host}:{port}" for host in (HOST, "localhost")}:
            return HTTPStatus.FORBIDDEN, KINDS["toml"], b"only this machine can connect\n"
        path = unquote_to_bytes(self.path.partition("?")[0])
        if path == b"/":
            return HTTPStatus.OK, KINDS["html"], _text(index_page(self.root))
        for key, folder in studies(self.root).items():
            prefix = unquote_to_bytes(address(key))
            name = path.removeprefix(prefix).decode(errors="replace")
            if path.startswith(prefix) and (found := _of_study(key, folder, name)):
                return HTTPStatus.OK, *found
        return HTTPStatus.NOT_FOUND, KINDS["toml"], b"not found\n"


def _of_study(key: str, folder: Path, name: str) -> tuple[str, bytes] | None:
    if name in ("", "update"):
        state = read_state(folder)
        if name == "update":
            return KINDS["json"], json.dumps(update(key, state)).encode()
        if not shows_report(state):
            return KINDS["html"], _text(live_page(key, state))
        name = PAGE
    file = file_of(folder, name)
    return None if file is None else (KINDS[file.suffix[1:]], file.read_bytes())


def _text(page: str) -> bytes:
    return page.encode(errors="replace")  # a folder's name need not be valid text


def server(root: Path, port: int | None = None) -> ThreadingHTTPServer:
    """Make a server for the results folders in a folder; `serve_forever` starts it.

    Args:
        root: a results folder, or a folder of results folders.
        port: by default 8421, or the next one that is free.

    Raises:
        ResultsError: there is no such folder, or the port is in use.
    """
    if not root.is_dir():
        raise ResultsError(f"{root}: no such folder; `ablation run GRID` makes one")
    handler = type("RootedHandler", (Handler,), {"root": root})
    for one in range(PORT, PORT + TRIES) if port is None else (port,):
        try:
            return ThreadingHTTPServer((HOST, one), handler)
        except OSError:
            continue
    taken = f"--port {port}" if port is not None else f"ports {PORT} to {PORT + TRIES - 1}"
    raise ResultsError(f"{taken}: in use by another program; choose a free port with --port")


def view(root: Path, port: int | None, show: bool, say: Callable[[str], None]) -> None:
    """Serve results until Ctrl-C.

    Args:
        root: as for `server`.
        port: as for `server`.
        show: open the index in a browser.
        say: called with the address.

    Raises:
        ResultsError: as for `server`.
    """
    with server(root, port) as running:
        at = f"http://{HOST}:{running.server_address[1]}/"
        say(f"{at}  (press Ctrl-C to stop)")
        if show:
            webbrowser.open(at)
        try:
            running.serve_forever(poll_interval=0.2)
        except KeyboardInterrupt:
            return
