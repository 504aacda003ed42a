"""The addresses of the viewer, and what each answers."""

import asyncio
import json
import logging
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from pathlib import Path
from urllib.parse import unquote_to_bytes

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.convertors import PathConvertor, register_url_convertor
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from ablation.errors import AblationError, in_words
from ablation.report.files import PAGE
from ablation.view.folders import KINDS, file_of, studies
from ablation.view.headers import FILE, OURS, REPORT, headers
from ablation.view.pages import (
    address,
    index_page,
    live_page,
    message_page,
    report_page,
    script,
    shows_report,
    update,
)
from ablation.view.state import read_state
from ablation.words import shortened

NAMES = ("127.0.0.1", "localhost")
_MOST = 256_000_000  # bytes of one file; it is held in memory while it is sent
_SAVED = ("pdf", "parquet")  # a browser shows no PDF in a sandbox

Make = Callable[[], Response]


def application(root: Path) -> Starlette:
    """Return the viewer of the results folders in a folder, as an ASGI application.

    It answers GET and HEAD. Files are read in threads. Whatever is wrong in one folder is said on the page of
    that folder.

    Args:
        root: a results folder, or a folder of results folders.
    """
    once = _Once()

    async def index(_: Request) -> Response:
        return await once(b"/", partial(_index, root))

    async def study(request: Request) -> Response:
        raw: bytes = request.scope["raw_path"]  # names of folders are bytes, and need not be valid text
        # By itself a report could go elsewhere, and take along what it holds: only the frame keeps it here.
        if raw.endswith(f"/{PAGE}".encode()) and request.headers.get("Sec-Fetch-Dest") == "document":
            return RedirectResponse("./", HTTPStatus.SEE_OTHER, headers(OURS))
        return await once(raw, partial(_study, root, raw))

    async def own_script(request: Request) -> Response:
        return _response(script(request.url.path[1:]), "text/javascript; charset=utf-8")

    return Starlette(
        routes=[
            Route("/", index),
            Route("/live.js", own_script),
            Route("/frame.js", own_script),
            Route("/study/{rest:anything}", study),
        ],
        # Another site may point a name of its own at this machine and so get access (DNS rebinding).
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=NAMES)],
        exception_handlers={HTTPException: _refused},
    )


class _Anything(PathConvertor):
    regex = "(?s:.*)"  # a folder's name may hold a line break


register_url_convertor("anything", _Anything())


class _Once:
    """Makes an answer in a thread; those who ask for it while it is being made get the same one."""

    def __init__(self) -> None:
        self._making: dict[bytes, asyncio.Task[Response]] = {}

    async def __call__(self, key: bytes, make: Make) -> Response:
        if key not in self._making:
            task = asyncio.create_task(run_in_threadpool(make))
            task.add_done_callback(lambda _: self._making.pop(key))
            self._making[key] = task
        return await asyncio.shield(self._making[key])


def _index(root: Path) -> Response:
    return _answered("/", lambda: _response(index_page(root)))


def _study(root: Path, raw: bytes) -> Response:
    return _answered(raw.decode("ascii"), lambda: _found(root, unquote_to_bytes(raw)))


def _found(root: Path, path: bytes) -> Response:
    for key, folder in studies(root).items():
        prefix = unquote_to_bytes(address(key))
        name = path.removeprefix(prefix).decode(errors="replace")
        if path.startswith(prefix) and (found := _of_study(key, folder, name)):
            return found
    return _message(HTTPStatus.NOT_FOUND, f"There is nothing at {shortened(path.decode(errors='replace'))}.")


def _of_study(key: str, folder: Path, name: str) -> Response | None:
    if name in ("", "update"):
        state = read_state(folder)
        if name == "update":
            return _response(json.dumps(update(key, state)), KINDS["json"])
        return _response(report_page(state) if shows_report(state) else live_page(key, state))
    file = file_of(folder, name)
    if file is None:
        return None
    if file.stat().st_size > _MOST:
        return _message(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"{file} is too large to be shown; open it from the disk."
        )
    kind = file.suffix[1:]
    answer = _response(file.read_bytes(), KINDS[kind], REPORT if name == PAGE else FILE)
    if kind in _SAVED:
        answer.headers["Content-Disposition"] = "attachment"
    return answer


def _answered(path: str, make: Make) -> Response:
    try:
        return make()
    except Exception as error:  # whatever is in a folder, the connection is answered
        said = in_words(error)
        if not isinstance(error, AblationError):
            logging.getLogger(__name__).error("error: %s: %s", shortened(path), said)
        return _message(HTTPStatus.INTERNAL_SERVER_ERROR, said)


def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    response = _message(HTTPStatus(error.status_code), f"{error.detail}.")
    response.headers.update(error.headers or {})
    return response


def _message(status: HTTPStatus, text: str) -> Response:
    response = _response(message_page(text))
    response.status_code = status
    return response


def _response(content: str | bytes, kind: str = KINDS["html"], policy: str = OURS) -> Response:
    # A folder's name need not be valid text.
    body = content.encode(errors="replace") if isinstance(content, str) else content
    return Response(body, headers={"Content-Type": kind, **headers(policy)})
