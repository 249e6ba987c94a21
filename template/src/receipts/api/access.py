"""Who may do what: bearer tokens with scopes, signed links to one receipt, a rate limit.

Every refusal is one line in the log. It names the reason, the route and the network of the
client; never a token, a signature, a query or a path, which names a document.
"""

from __future__ import annotations

import math
from http import HTTPStatus
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING

import structlog

from receipts.api.problems import Problem
from receipts.api.rate_limit import RateLimit
from receipts.domain.errors import BrokenConfiguration
from receipts.infrastructure.clock import system_clock
from receipts.infrastructure.signed_links import PARAMETER, LinkState
from receipts.infrastructure.tokens import Scope

if TYPE_CHECKING:
    from starlette.requests import Request

    from receipts.infrastructure.clock import Clock
    from receipts.infrastructure.signed_links import LinkKeys
    from receipts.infrastructure.tokens import Token, Tokens

log = structlog.get_logger()

REQUESTS_PER_MINUTE = 120

CLOSED = {"cache-control": "no-store"}


class Access:
    """Lets requests through or refuses them."""

    def __init__(
        self,
        tokens: Tokens | None = None,
        link_keys: LinkKeys | None = None,
        requests_per_minute: int = REQUESTS_PER_MINUTE,
        clock: Clock = system_clock,
    ) -> None:
        """Check against files.

        Args:
            tokens: Who may do what; None lets everyone do everything, for a laptop.
            link_keys: What signs links; None for no links.
            requests_per_minute: How often one client may ask for public pages.
            clock: Says whether something has expired.
        """
        self._tokens = tokens
        self._link_keys = link_keys
        self._limit = RateLimit(requests_per_minute)
        self._clock = clock

    def require(self, request: Request, scope: Scope) -> None:
        """Let a request through whose token has a scope.

        Raises:
            Problem: 401 without a token in force, 403 without the scope.
        """
        if self._tokens is None:
            return
        kind, _, sent = request.headers.get("authorization", "").partition(" ")
        token = self._token(request, sent) if kind.lower() == "bearer" and sent else None
        if token is None:
            raise _refused(request, "token_unknown" if sent else "token_missing", _unauthorised())
        if token.revoked is not None:
            raise _refused(request, "token_revoked", _unauthorised(), token.name)
        if token.expires <= self._clock():
            raise _refused(request, "token_expired", _unauthorised(), token.name)
        if not token.opens(scope):
            forbidden = Problem(
                HTTPStatus.FORBIDDEN,
                "scope_missing",
                detail="This token does not open this.",
                remedy=f"Use one with the scope {scope.value}.",
                headers=CLOSED,
            )
            raise _refused(request, "scope_missing", forbidden, token.name)

    def require_receipt(self, request: Request, document_id: str) -> str | None:
        """Let a request read one receipt, by a token or by a signed link to it.

        Nothing is looked up before, so the answer does not tell which receipts exist.

        Returns:
            The link's parameter, which links to other forms of the receipt must carry; None
            where a token was sent, or none is needed.

        Raises:
            Problem: 401 and 403 as for `require`, 403 for a link that does not open
                this receipt now, 429 for too many of them.
        """
        links = request.query_params.getlist(PARAMETER)
        if not links or "authorization" in request.headers:
            self.require(request, Scope.RECEIPTS_READ)
            return None
        self.limit(request)
        state = self._link_state(request, links, document_id)
        if state is LinkState.OPENS:
            return links[0]
        is_expired = state is LinkState.EXPIRED
        forbidden = Problem(
            HTTPStatus.FORBIDDEN,
            state.value,
            detail="This link has expired." if is_expired else "This link opens nothing.",
            remedy="Ask for a new one." if is_expired else "Ask for a new one, and copy all of it.",
            headers=CLOSED,
        )
        raise _refused(request, state.value, forbidden)

    def limit(self, request: Request) -> None:
        """Count a request for a public page.

        Raises:
            Problem: 429; this client asked too often.
        """
        wait_s = self._limit.wait_s(_customer_of(request))
        if wait_s:
            headers = CLOSED | {"retry-after": str(math.ceil(wait_s))}
            many = Problem(
                HTTPStatus.TOO_MANY_REQUESTS,
                "too_many_requests",
                detail="Too many requests.",
                remedy="Wait for the seconds that Retry-After names.",
                headers=headers,
            )
            raise _refused(request, "too_many_requests", many)

    def _token(self, request: Request, sent: str) -> Token | None:
        try:
            return self._tokens.find(sent) if self._tokens else None
        except BrokenConfiguration as error:
            raise _unreadable(request, error) from None

    def _link_state(self, request: Request, links: list[str], document_id: str) -> LinkState:
        if self._link_keys is None or len(links) > 1:
            return LinkState.WRONG
        try:
            return self._link_keys.check(links[0], document_id, self._clock())
        except BrokenConfiguration as error:
            raise _unreadable(request, error) from None


def _customer_of(request: Request) -> str:
    """Whom to count: an address, or a /64 of IPv6, all of which one customer holds."""
    return _network_of(request, 32, 64)


def _network_of(request: Request, bits: int, bits_of_v6: int) -> str:
    try:
        address = ip_address(request.client.host if request.client else "")
    except ValueError:
        return "unknown"
    length = bits if address.version == 4 else bits_of_v6
    # A zone, as of fe80::1%eth0, is of this machine alone.
    return str(ip_network((address.packed, length), strict=False))


def _unauthorised() -> Problem:
    return Problem(
        HTTPStatus.UNAUTHORIZED,
        "unauthorised",
        detail="No token that is in force was sent.",
        remedy="Send one: `Authorization: Bearer …`.",
        headers=CLOSED | {"www-authenticate": "Bearer"},
    )


def _unreadable(request: Request, error: BrokenConfiguration) -> Problem:
    log.error("access.unreadable", reason=str(error))
    unavailable = Problem(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "access_unreadable",
        detail="Access cannot be checked now.",
        remedy="Try again soon.",
        headers=CLOSED,
    )
    return _refused(request, "access_unreadable", unavailable)


def _refused(request: Request, reason: str, error: Problem, token: str | None = None) -> Problem:
    """The error, after its line in the log."""
    # The template of the route, not the path: that names a document.
    route = getattr(request.scope.get("route"), "path", None)
    named = {} if token is None else {"token": token}
    log.warning(
        "access.refused",
        reason=reason,
        route=route,
        status=error.status_code,
        client=_network_of(request, 24, 48),
        **named,
    )
    return error
