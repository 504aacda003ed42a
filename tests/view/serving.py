"""A viewer in a thread, and what it answers."""

import http.client
import threading
from contextlib import contextmanager

from ablation.view.server import listen, server


@contextmanager
def serving(root):
    with listen(0) as listening:
        running, port = server(root), listening.getsockname()[1]
        thread = threading.Thread(target=running.run, args=([listening],), daemon=True)
        thread.start()
        try:
            yield port
        finally:
            running.should_exit = True
            thread.join()


def ask(port, path, method="GET", host=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.putrequest(method, path, skip_host=True)
    connection.putheader("Host", host or f"127.0.0.1:{port}")
    connection.endheaders()
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer, content
