"""What a browser is told about a page: what it may load, run and reach.

A results folder may come from someone else, and its report holds a script. So each report runs in an origin
of its own (`sandbox` without `allow-same-origin`), where it can read no other page of the viewer. It is shown
in a frame, which `frame-src` of the page around it keeps on this server. No policy of today's browsers holds
back WebRTC: what a report can still send by it is what it holds itself.
"""

from collections.abc import Mapping
from types import MappingProxyType

_NO_WAY_OUT = "base-uri 'none'; form-action 'none'"
OURS = (
    f"default-src 'none'; {_NO_WAY_OUT}; frame-ancestors 'none'; frame-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; style-src 'unsafe-inline'; script-src 'self'"
)
REPORT = (
    f"sandbox allow-scripts; default-src 'none'; {_NO_WAY_OUT}; frame-ancestors 'self'; "
    "img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'"
)
FILE = (
    f"sandbox; default-src 'none'; {_NO_WAY_OUT}; frame-ancestors 'none'; "
    "img-src data:; style-src 'unsafe-inline'"
)


def headers(policy: str) -> Mapping[str, str]:
    """Return the headers of an answer.

    Args:
        policy: OURS for a page of the viewer, REPORT for a study's report, FILE for any other file of it.

    Example:
        >>> headers(FILE)["Cache-Control"]
        'no-store'
    """
    return MappingProxyType(
        {
            "Content-Security-Policy": policy,
            "X-Content-Type-Options": "nosniff",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Referrer-Policy": "no-referrer",
            "X-DNS-Prefetch-Control": "off",
            "Cache-Control": "no-store",
        }
    )
