"""The usual receipt service over HTTP: FastAPI, one event a request, one commit a request.

uvicorn tests.bench.usual_api:app
"""

from __future__ import annotations

import os
from pathlib import Path

from fastapi import FastAPI, Request

from tests.bench.usual_service import UsualService

SERVICE, URL = "USUAL_SERVICE", "USUAL_URL"

_service = UsualService(
    os.environ[URL],
    pack=Path(os.environ[SERVICE], "src", "receipts", "countries", "de"),
    legal_entities=Path(os.environ[SERVICE], "config", "issuers.toml"),
)
app = FastAPI()


@app.post("/events")
async def issue(request: Request) -> dict[str, str | None]:
    """Issue one event; the answer names its document."""
    # The body is checked by pydantic as FastAPI would, once, in the service.
    document = _service.issue(await request.body())
    return {"number": None if document is None else document.number}
