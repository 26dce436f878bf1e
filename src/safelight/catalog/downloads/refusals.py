"""What a host means when it does not answer with the file: an error to show, or a reason to ask again later."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from safelight.domain.errors import DownloadFailed, DownloadRefused, NotFound, SafelightError

_GONE = frozenset({404, 410})
_CLOSED = frozenset({401, 403, 451})
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 529})
_SAID = 200


class Passing(Exception):
    """A failure that may pass: a cut connection, a busy host, too many requests.

    Args:
        message: What happened, as a clause: "it broke off".
        wait: Seconds that the host asks to wait; None when it says nothing.
    """

    def __init__(self, message: str, wait: float | None = None) -> None:
        super().__init__(message)
        self.message, self.wait = message, wait


def raise_refusal(status: int, headers: Mapping[str, str], body: bytes, *, host: str, what: str) -> None:
    """Raise what an answer that is no file means.

    Hugging Face says the reason in `X-Error-Code` (as `huggingface_hub.utils.hf_raise_for_status` reads it), Civitai
    in a JSON body (https://developer.civitai.com/site/guide/errors).

    Args:
        status: Of the answer, none that a file comes with.
        headers: Of the answer, case-insensitive.
        body: Its beginning.
        host: Who answered.
        what: What was asked for, for people.

    Raises:
        Passing: Asking again may help.
        NotFound, DownloadRefused, DownloadFailed: It won't.
    """
    if status in _PASSING:
        busy = "too many requests" if status == 429 else f"status {status}"  # noqa: PLR2004
        raise Passing(f"{host} answers {busy}", retry_after(headers))
    raise _refusal(status, headers.get("x-error-code", ""), _said(headers, body), host, what)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that an answer asks to wait (RFC 9110, 10.2.3)."""
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return float(value[:9])
    try:
        return max(0.0, (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):  # TypeError: a date without a zone
        return None


def _refusal(status: int, code: str, said: str, host: str, what: str) -> SafelightError:
    if code == "GatedRepo":
        return DownloadRefused(
            f"{what} is gated: its makers want you to accept their terms first.",
            hint="Accept them on its page at Hugging Face, then set SAFELIGHT_HF_TOKEN to a token of that account.",
        )
    if code in ("EntryNotFound", "RevisionNotFound"):
        missing = "file" if code == "EntryNotFound" else "branch, tag or commit"
        return NotFound(f"{host} has no such {missing}: {what}.")
    if code == "RepoNotFound":  # also for private ones, so that nobody learns that they are there
        return NotFound(
            f"{host} has no {what}, or it is private.", hint="Check its name, or set SAFELIGHT_HF_TOKEN if it is yours."
        )
    if status in _GONE:
        return NotFound(f"{host} has no {what}{said}.")
    if status in _CLOSED:
        return DownloadRefused(
            f"{host} does not give {what} to just anyone (status {status}){said}.",
            hint="Set SAFELIGHT_CIVITAI_KEY or SAFELIGHT_HF_TOKEN to a key of your account; see on its page whether "
            "it must be bought, or its terms accepted.",
        )
    return DownloadFailed(f"{host} answers status {status} for {what}{said}.")


def _said(headers: Mapping[str, str], body: bytes) -> str:
    """The host's own sentence, where it gives one that can be shown."""
    text = headers.get("x-error-message", "")
    if not text and body[:1] == b"{":
        try:
            told = json.loads(body)
        except (ValueError, RecursionError):
            told = {}
        found = told.get("message") or told.get("error") if isinstance(told, dict) else None
        text = found if isinstance(found, str) else ""
    text = "".join(letter if letter.isprintable() else " " for letter in text).strip(" .")
    return f': "{text[:_SAID]}"' if text else ""
