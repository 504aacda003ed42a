"""The viewer serves results and nothing else, to this machine alone, whatever happens to the files."""

import builtins
import json
import os
import resource
import signal
import socket
import subprocess
import sys
import threading
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urldefrag, urljoin

import pytest

from ablation.errors import ResultsError
from ablation.report.files import PAGE
from ablation.view.folders import file_of, studies
from ablation.view.server import listen, view
from tests.results.builder import build
from tests.undrawn import draw_nothing
from tests.view.serving import ask, serving


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """A folder of studies beside a secret: one drawn, one of which half is missing, one damaged."""
    root = tmp_path_factory.mktemp("viewer")
    (root / "secret.json").write_text("secret")
    folder = root / "results"
    drawn = build(folder / "drawn", ["crop", "color"], lambda *_: 0.5)
    draw_nothing(drawn, lambda name: f"this is {name}".encode())
    build(folder / "half", ["crop", "color"], lambda first, *_: 0.4 if first == "crop" else None)
    (build(folder / "damaged", ["crop"], lambda *_: 0.4) / "environment.json").write_text("{")
    (folder / "drawn" / "out.json").symlink_to(root / "secret.json")
    (folder / "drawn" / "figures").mkdir()
    (folder / "drawn" / "figures" / "curves.svg").write_text("<svg/>")
    return folder


@pytest.fixture(scope="module")
def port(results):
    with serving(results) as port:
        yield port


def test_the_index_lists_every_study_with_its_state(port):
    answer, content = ask(port, "/")
    text = content.decode()
    assert answer.status == 200
    assert "9 jobs, all done" in text
    assert "7 of 9 jobs done" in text
    assert "environment.json: is damaged" in text
    assert 'src="/study/drawn/heatmap.png"' in text
    assert '<b>tiny</b>\n<span class="note">drawn</span>' in text  # all of them are called tiny


def test_a_finished_study_is_its_report_and_its_files_are_served(port):
    assert b'src="report.html"' in ask(port, "/study/drawn/")[1]
    assert ask(port, "/study/drawn/report.html")[1] == b"this is report.html"
    answer, content = ask(port, "/study/drawn/heatmap.png")
    assert (answer.getheader("Content-Type"), content) == ("image/png", b"this is heatmap.png")
    assert ask(port, "/study/drawn/figures/curves.svg")[1] == b"<svg/>"


def test_a_study_with_gaps_is_a_page_that_asks_for_updates(port):
    assert b'src="/live.js"' in ask(port, "/study/half/")[1]
    now = json.loads(ask(port, "/study/half/update")[1])
    assert (now["done"], now["total"], now["finished"]) == (7, 9, False)
    assert now["table"].count("<b>pending</b>") == 2


@pytest.mark.parametrize("name", ["", "update"])
def test_a_page_reads_the_grid_once(port, monkeypatch, name):
    read, real = [], open
    monkeypatch.setattr("builtins.open", lambda file, *a, **b: read.append(str(file)) or real(file, *a, **b))
    ask(port, f"/study/half/{name}")
    assert sum(path.endswith("half/grid.toml") for path in read) == 1


@pytest.mark.parametrize(
    "path",
    [
        "/study/drawn/../../secret.json",
        "/study/drawn/..%2f..%2fsecret.json",
        "/study/drawn/%2e%2e/%2e%2e/secret.json",
        "/study/../../secret.json",
        "/../secret.json",
        "//secret.json",
        "/study/drawn/out.json",
        "/study/drawn/.lock",
        "/study/drawn/figures/../grid.toml",
        "/study/drawn/figures/../../half/grid.toml",
        "/study/drawn/cells/../grid.toml",
        "/study/drawn\\..\\grid.toml",
        "/study/drawn/grid.toml%00.png",
        "/study/drawn/%ff.png",
        "/study/nothing/",
        "/study/drawn/heatmap",
        "/etc/passwd",
        "/favicon.ico",
    ],
)
def test_whatever_is_not_named_is_not_there(port, path):
    answer, content = ask(port, path)
    assert answer.status == 404
    assert b"secret" not in content.replace(b"secret.json", b"")


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example"])
def test_another_name_of_this_machine_is_refused(port, host):
    assert ask(port, "/", host=host)[0].status == 400


def test_localhost_is_this_machine(port):
    assert ask(port, "/", host=f"localhost:{port}")[0].status == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "SING"])
def test_nothing_can_be_written(port, method):
    assert ask(port, "/", method)[0].status == 405


def test_head_is_answered_without_content(port):
    answer, content = ask(port, "/study/drawn/cells.csv", "HEAD")
    assert (answer.status, content, answer.getheader("Content-Length")) == (200, b"", "17")


def test_no_page_may_load_from_elsewhere_or_be_framed_and_reports_are_apart(port):
    policy = ask(port, "/study/half/")[0].getheader("Content-Security-Policy")
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "script-src 'self'" in policy
    for path in ("report.html", "heatmap.png", "figures/curves.svg", "cells.csv"):
        answer, _ = ask(port, f"/study/drawn/{path}")
        policy = answer.getheader("Content-Security-Policy")
        assert policy.startswith("sandbox allow-scripts;" if path == "report.html" else "sandbox;")
        assert answer.getheader("X-Content-Type-Options") == "nosniff"
        assert answer.getheader("Cross-Origin-Resource-Policy") == "same-origin"


@pytest.fixture
def many_files():
    """Leave to hold both ends of 800 connections in one process."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, hard), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_500_requests_at_once_are_answered_beside_300_idle_connections(port, many_files):
    idle = [socket.create_connection(("127.0.0.1", port)) for _ in range(300)]
    many = [socket.create_connection(("127.0.0.1", port), timeout=20) for _ in range(500)]
    for one in many:
        one.sendall(f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n".encode())
    assert {one.recv(15) for one in many} == {b"HTTP/1.1 200 OK"}
    for one in (*idle, *many):
        one.close()


@pytest.mark.parametrize("sent", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\nGET /"])
def test_a_connection_that_does_not_ask_is_closed(port, monkeypatch, sent):
    monkeypatch.setattr("ablation.view.server.PATIENCE", 0.3)
    with socket.create_connection(("127.0.0.1", port), timeout=5) as one:
        one.sendall(sent)
        while one.recv(100_000):  # until its end
            pass


def test_each_folder_answers_for_itself(tmp_path, monkeypatch, caplog):
    names = ("deep", "forbidden", "looping", "odd", "whole")
    for name in names:
        build(tmp_path / name, ["crop"], lambda *_: 0.5)
        draw_nothing(tmp_path / name, str.encode)
    (tmp_path / "deep" / "grid.toml").write_text("a = " + "[" * 5000)
    (tmp_path / "looping" / PAGE).unlink()
    (tmp_path / "looping" / PAGE).symlink_to(PAGE)
    opened = builtins.open

    def refuse(path, *options, **named):
        of = Path(path).parts[-3:-2] if isinstance(path, str | Path) else ()
        if of == ("forbidden",):
            raise PermissionError(13, "Permission denied", str(path))
        if of == ("odd",):
            raise ArithmeticError("unheard of")
        return opened(path, *options, **named)

    monkeypatch.setattr(builtins, "open", refuse)
    with serving(tmp_path) as port:
        text = ask(port, "/")[1].decode()
        for said in ("nested deeper", "Permission denied", "ArithmeticError: unheard of"):
            assert text.count(said) == 1
        assert text.count("jobs, all done") == 2
        assert [ask(port, f"/study/{name}/")[0].status for name in names] == [500, 500, 200, 500, 200]
        assert ask(port, f"/study/looping/{PAGE}")[0].status == 404
    assert "/study/odd/: ArithmeticError" in caplog.text


def test_an_address_is_not_repeated_at_length(port):
    answer, content = ask(port, "/study/" + "x" * 10_000)
    assert answer.status == 404
    assert b"x" * 100 not in content


def test_the_index_is_shown_without_what_trains_and_draws_and_ctrl_c_ends_quietly(results):
    code = f"""import sys; from pathlib import Path; from ablation.view.server import view
view(Path({str(results)!r}), 0, show=False, say=lambda said: print(said, flush=True))
print({{"torch", "seaborn", "matplotlib"}} & {{*sys.modules}})"""
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        port = int(running.stdout.readline().split("/")[2].split(":")[1])
        assert ask(port, "/")[0].status == 200
        running.send_signal(signal.SIGINT)
        assert running.communicate(timeout=20) == ("set()\n", "")
        assert running.returncode == 0


def test_files_replaced_while_they_are_read_come_whole_or_not_at_all(tmp_path):
    folder = build(tmp_path / "busy", ["crop", "color"], lambda *_: 0.5)
    whole = [letter * 300_000 for letter in (b"a", b"b")]
    (folder / "cells.csv").write_bytes(whole[0])
    records = sorted((folder / "cells").glob("*.json"))
    texts = [path.read_bytes() for path in records]
    stop = threading.Event()

    def replace():
        turn = 0
        while not stop.is_set():
            turn += 1
            (tmp_path / "new").write_bytes(whole[turn % 2])
            (tmp_path / "new").replace(folder / "cells.csv")
            path, text = records[turn % len(records)], texts[turn % len(records)]
            path.write_bytes(text[: len(text) // 2])  # as nobody should, but a disk may
            path.unlink()
            path.write_bytes(text)

    with serving(tmp_path) as port:
        thread = threading.Thread(target=replace)
        thread.start()
        try:
            for _ in range(25):
                answer, content = ask(port, "/study/busy/cells.csv")
                assert answer.status == 200
                assert content in whole
                assert ask(port, "/study/busy/update")[0].status == 200
                assert ask(port, "/")[0].status == 200
        finally:
            stop.set()
            thread.join()


class Links(HTMLParser):
    """What a page refers to, and what in it can be referred to."""

    def __init__(self, page):
        super().__init__()
        self.links, self.ids = set(), set()
        self.feed(page.decode())

    def handle_starttag(self, _tag, attributes):
        for name, value in attributes:
            if name in ("href", "src") and not value.startswith("data:"):
                self.links.add(value)
            self.ids |= {value} if name == "id" else set()


def crawled(root):
    """Follow every link from the index as a browser does; return what each address answers."""
    pages, todo = {}, {"/"}
    with serving(root) as port:
        while todo:
            address = todo.pop()
            answer, content = ask(port, address)
            assert answer.status == 200, address
            pages[address] = content
            if not answer.getheader("Content-Type").startswith("text/html"):
                continue
            page = Links(content)
            for link in page.links:
                to, fragment = urldefrag(urljoin(address, link))
                assert to != address or not fragment or fragment in page.ids, link
                todo |= {to} - pages.keys()
            if b'src="/live.js"' in content:
                assert json.loads(ask(port, urljoin(address, "update"))[1])["address"] == address
    return pages


def study(path, drawn=True):
    build(path, ["crop", "color"], lambda *_: 0.5 if drawn else None)
    if drawn:
        draw_nothing(path, lambda name: f"<p>{name} of {path.name}</p>".encode(errors="replace"))


@pytest.mark.parametrize("drawn", [True, False])
def test_every_link_of_one_folder_with_a_confirmation_leads_somewhere(tmp_path, drawn):
    study(tmp_path / "mine", drawn)
    study(tmp_path / "mine" / "confirm")
    pages = crawled(tmp_path / "mine")
    assert pages["/study/confirm/report.html"] == b"<p>report.html of confirm</p>"
    assert (b'src="report.html"' if drawn else b'id="progress"') in pages["/study/"]
    assert ("/study/report.html" in pages) == drawn


def test_every_link_of_a_folder_of_folders_leads_somewhere_whatever_they_are_called(tmp_path):
    names = [
        "a b",
        "größe → 1",
        "two\nlines",
        '50%20#?&;"\\',
        "update",
        os.fsdecode(b"\xff"),
        "in/ner",
        "a..b",
    ]
    for name in names:
        study(tmp_path / name, drawn=name != "a b")
    study(tmp_path / "a b" / "confirm")
    pages = crawled(tmp_path)
    assert sum(address.endswith("/") for address in pages) == len(names) + 2  # the index, the confirmation
    assert "report.html of größe → 1".encode() in pages["/study/gr%C3%B6%C3%9Fe%20%E2%86%92%201/report.html"]


def test_hidden_folders_and_links_that_leave_are_no_studies(tmp_path, results):
    build(tmp_path / "mine" / ".hidden", ["crop"], lambda *_: 0.5)
    build(tmp_path / "mine" / "deep" / "er", ["crop"], lambda *_: 0.5)
    (tmp_path / "mine" / "link").symlink_to(results / "drawn", target_is_directory=True)
    assert list(studies(tmp_path / "mine")) == ["deep/er"]


def test_kinds_that_are_not_listed_are_not_files(tmp_path):
    for name in ("a.npz", "a.py", "a.safetensors", "a"):
        (tmp_path / name).write_text("x")
        assert file_of(tmp_path, name) is None


def test_a_taken_port_and_a_missing_folder_are_named(tmp_path):
    with listen(0) as first:
        taken = first.getsockname()[1]
        with pytest.raises(ResultsError, match=f"--port {taken}: in use"):
            view(tmp_path, taken, show=False, say=print)
    with pytest.raises(ResultsError, match="no such folder"):
        view(tmp_path / "nowhere", 0, show=False, say=print)
