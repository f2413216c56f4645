"""Who may come in through HTTP: what the headers of a request must say.

A web page anywhere can make a browser send requests to 127.0.0.1. Three things keep it out: the
Host must be ours (a name that was re-bound to this machine is not), the Origin must be ours or
absent, and whoever acts must know the token of this installation.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from bridge.errors import BadMessage

PROTOCOL = "antiphon.v1"
CARRIER = "antiphon.token."  # a WebSocket has no other header that a page may write
CONTENT = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self' {sockets}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class Refused(BadMessage):
    """A request from someone who may not: it is answered with 403, or 401 without the token."""

    def __init__(self, what: str, remedy: str, code: int = 403) -> None:
        super().__init__(what, remedy)
        self.code = code


@dataclass(frozen=True, slots=True)
class Door:
    """What a request must bring to be let in at this port."""

    port: int
    token: str

    @property
    def hosts(self) -> frozenset[str]:
        """The names under which this machine calls itself."""
        names = ("127.0.0.1", "localhost", "[::1]")
        bare = names if self.port == 80 else ()
        return frozenset((*(f"{name}:{self.port}" for name in names), *bare))

    @property
    def headers(self) -> dict[str, str]:
        """What every answer carries, so that browsers keep strangers out too."""
        sockets = " ".join(f"ws://{host}" for host in sorted(self.hosts) if "[" not in host)
        return {
            "Content-Security-Policy": CONTENT.format(sockets=sockets),
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY",
            "Referrer-Policy": "no-referrer",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cache-Control": "no-store",
        }

    def let_look(self, headers: Mapping[str, str]) -> None:
        """Let someone look who has come to this machine by its own name.

        Raises:
            Refused: the Host is another's.

        """
        if headers.get("host", "").lower() not in self.hosts:
            raise Refused("this is not the Host's machine", f"open http://127.0.0.1:{self.port}")

    def let_act(self, headers: Mapping[str, str], query: Mapping[str, str]) -> None:
        """Let someone act who is no stranger's web page, and who knows the token.

        Raises:
            Refused: the Host or the Origin is another's, or the token is missing or wrong.

        """
        self.let_look(headers)
        origin = headers.get("origin")
        if origin is not None and origin.lower() not in {f"http://{host}" for host in self.hosts}:
            raise Refused(
                "another site's page may not do this", f"open http://127.0.0.1:{self.port}"
            )
        given = offered(headers, query).encode()
        if not secrets.compare_digest(given, self.token.encode()):
            raise Refused(
                "the token of this installation is missing or wrong",
                "send `Authorization: Bearer TOKEN`; `antiphon status` says where TOKEN is kept",
                401,
            )


def offered(headers: Mapping[str, str], query: Mapping[str, str]) -> str:
    """Return the token that a request brings: as bearer, as subprotocol, or in the query."""
    scheme, _, bearer = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return bearer.strip()
    for protocol in headers.get("sec-websocket-protocol", "").split(","):
        if protocol.strip().startswith(CARRIER):
            return protocol.strip().removeprefix(CARRIER)
    return query.get("token", "")
