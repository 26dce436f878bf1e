"""A1111 prompt syntax."""

from __future__ import annotations

import pytest

from safelight.domain.prompts import Span, parse_prompt


def weights(text: str) -> list[list[tuple[str, float]]]:
    return [[(span.text, round(span.weight, 3)) for span in chunk] for chunk in parse_prompt(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a cat", [("a cat", 1.0)]),
        ("a (cat)", [("a ", 1.0), ("cat", 1.1)]),
        ("((cat))", [("cat", 1.21)]),
        ("[cat]", [("cat", 0.909)]),
        ("(cat:1.3) sat", [("cat", 1.3), (" sat", 1.0)]),
        ("(a (b:2) c:0.5)", [("a ", 0.5), ("b", 1.0), (" c", 0.5)]),
        ("([cat])", [("cat", 1.0)]),
        (r"\(cat\) \[x\]", [("(cat) [x]", 1.0)]),
        (r"C:\\pictures", [(r"C:\pictures", 1.0)]),
        ("(cat", [("cat", 1.1)]),
        ("cat)", [("cat)", 1.0)]),
        ("16:9 photo", [("16:9 photo", 1.0)]),
        ("(time 10:30 clock)", [("time 10:30 clock", 1.1)]),
        ("(cat:.5)", [("cat", 0.5)]),
        ("(a)(b)", [("ab", 1.1)]),
        ("", []),
    ],
)
def test_weights(text: str, expected: list[tuple[str, float]]) -> None:
    assert weights(text) == [expected]


def test_break_starts_a_new_chunk() -> None:
    assert weights("a cat BREAK a (dog)") == [[("a cat ", 1.0)], [(" a ", 1.0), ("dog", 1.1)]]


def test_break_inside_another_word_is_text() -> None:
    assert weights("BREAKFAST and breaks") == [[("BREAKFAST and breaks", 1.0)]]


def test_a_weight_reaches_across_a_break() -> None:
    assert weights("(a BREAK b:1.5)") == [[("a ", 1.5)], [(" b", 1.5)]]


def test_every_character_of_plain_text_survives() -> None:
    text = "Bold: a 3/4 view, 50% grey — “quoted” \n newline: B"
    assert parse_prompt(text) == [[Span(text, 1.0)]]
