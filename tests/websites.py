"""A web site on this machine, for tests of what is fetched."""

from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import TracebackType
from typing import Self

#: Status, headers and body of an answer.
Answer = tuple[int, dict[str, str], bytes]


class Site:
    """A server that gives the answers it is handed, the last one again and again.

    Attributes
    ----------
    url : str
    paths, agents : list of str
        What was asked for, and by whom.
    answer : callable
        Gives the answer to a path.
    """

    def __init__(self, *answers: Answer) -> None:
        self.paths: list[str] = []
        self.agents: list[str] = []
        self.answer: Callable[[str], Answer] = lambda _: answers[
            min(len(self.paths), len(answers)) - 1
        ]
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.agents.append(self.headers["User-Agent"])
                site.paths.append(self.path)
                code, headers, body = site.answer(self.path)
                self.send_response(code)
                length = {"Content-Length": str(len(body))}
                for name, value in (length | headers).items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/page"
        self.thread = Thread(
            target=self.server.serve_forever, kwargs={"poll_interval": 0.01}
        )
        self.thread.start()

    @property
    def asked(self) -> int:
        """How many questions there were."""
        return len(self.paths)

    def close(self) -> None:
        """Nobody answers from now on."""
        if self.thread.is_alive():
            self.server.shutdown()
            self.server.server_close()
            self.thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
