"""How Google refuses: https://cloud.google.com/apis/design/errors and its OAuth 2.0 token endpoint."""

from __future__ import annotations

from typing import Any

from kpitaps.testing.asgi import JSONResponse, Response

_HELP = "https://developers.google.com/analytics/devguides/reporting/data/v1"


class Refused(Exception):
    """Google refuses a request.

    Args:
        status: The HTTP status.
        body: What it answers.
    """

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        super().__init__(str(body))
        self.status = status
        self.body = body

    def response(self) -> Response:
        """Return the answer."""
        return JSONResponse(self.body, self.status)


def refusal(code: int, status: str, message: str, **detail: Any) -> Refused:
    """Return an API's refusal; ``detail`` becomes the first of its details."""
    error: dict[str, Any] = {"code": code, "message": message, "status": status}
    if detail:
        error["details"] = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", **detail}]
    return Refused(code, {"error": error})


def invalid(message: str) -> Refused:
    """Return the refusal of a request that makes no sense."""
    return refusal(400, "INVALID_ARGUMENT", message)


def unauthenticated(reason: str = "ACCESS_TOKEN_EXPIRED") -> Refused:
    """Return the refusal of a token that is none, or none any more."""
    said = (
        "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid "
        "authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project."
    )
    metadata = {"service": "analyticsdata.googleapis.com"}
    return refusal(401, "UNAUTHENTICATED", said, reason=reason, domain="googleapis.com", metadata=metadata)


def scope_missing() -> Refused:
    """Return the refusal of a token that was made for something else."""
    said = "Request had insufficient authentication scopes."
    reason = "ACCESS_TOKEN_SCOPE_INSUFFICIENT"
    return refusal(403, "PERMISSION_DENIED", said, reason=reason, domain="googleapis.com")


def not_shared() -> Refused:
    """Return the refusal of a property that does not exist, or that the account may not see: Google says the same."""
    return refusal(
        403,
        "PERMISSION_DENIED",
        "User does not have sufficient permissions for this property. To learn more about Property ID, see "
        f"{_HELP}/property-id.",
    )


def unknown_field(name: str, kind: str) -> Refused:
    """Return the refusal of a dimension or metric that does not exist."""
    said = f"Field {name} is not a valid {kind}. For a list of valid dimensions and metrics, see {_HELP}/api-schema "
    return invalid(said)


def incompatible(name: str) -> Refused:
    """Return the refusal of dimensions and metrics that cannot be in one report."""
    return invalid(
        f"Please remove {name} to make the request compatible for example. The request's dimensions & metrics are "
        "incompatible. To learn more, see https://ga-dev-tools.web.app/ga4/dimensions-metrics-explorer/"
    )


def exhausted(said: str) -> Refused:
    """Return the refusal of everything while a quota is used up."""
    return refusal(429, "RESOURCE_EXHAUSTED", f"{said} To learn more, see {_HELP}/quotas")


def bad_grant(error: str, said: str, status: int = 400) -> Refused:
    """Return the token endpoint's refusal."""
    return Refused(status, {"error": error, "error_description": said})
