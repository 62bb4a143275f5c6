"""The toolkit knows no mysfit: none of its files has a word of the one system that lies beside it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from systems.checkout import ROOT

TOOLKIT = ("modules", "stacks", "cli", "embedded", "policy", "systems", "rehearse", "reporting", "settings", "main.py")
READ = {".py", ".tf", ".hcl", ".md", ".cjs", ".j2", ".json", ".html", ".ini", ".lua"}

WORDS = re.compile(
    r"""
    mysfit | fulfill | \bledger | \badopt | goodevil | lawchaos
    | \blikes\b | \bliked\b | \bunlike
    | \b(a|the|each|every|one|of|per|this|that|no|single)\ like\b      # the noun
    | ["'`/_-]like\b | \blike["'`/_=]                                   # the name
    | \blike\ service
    """,
    re.VERBOSE | re.IGNORECASE,
)

ALLOWED = {
    "looks like": "the English verb",
    "look like": "the English verb",
    "and its like": "English for: things of that sort",
    "unlike": "the English preposition",
    "fulfilled": "AWS's word for a change that is there",
    '"SYSTEM": ("mysfits",': "the one setting that names a system: who gives none deploys ours",
}
"""What may stand there all the same, and why."""

PENDING: tuple[str, ...] = ()
"""Parts of the toolkit that still have such words; nothing belongs here in the end."""


def files() -> Iterator[Path]:
    for part in TOOLKIT:
        path = ROOT / part
        found = [path] if path.is_file() else sorted(path.rglob("*"))
        yield from (one for one in found if one.suffix in READ and ".terraform" not in one.parts)


def findings(text: str) -> list[str]:
    """Lines with a word of the domain, but for what is allowed."""
    found = []
    for number, line in enumerate(text.splitlines(), start=1):
        rest = line
        for allowed in ALLOWED:
            rest = re.sub(re.escape(allowed), "", rest, flags=re.IGNORECASE)
        if WORDS.search(rest):
            found.append(f"{number}: {line.strip()}")
    return found


def test_no_file_of_the_toolkit_has_a_word_of_the_domain() -> None:
    wrong = {
        path.relative_to(ROOT).as_posix(): lines
        for path in files()
        if path.relative_to(ROOT).parts[0] not in PENDING and (lines := findings(path.read_text(encoding="utf-8")))
    }
    assert wrong == {}


def test_the_toolkit_is_read_whole() -> None:
    names = {path.relative_to(ROOT).as_posix() for path in files()}
    assert {"main.py", "cli/deploy.py", "modules/alb/main.tf", "stacks/node/lazy_bindings.cjs"} <= names
    assert len(names) > 200


@pytest.mark.parametrize(
    "line",
    [
        "MYSFIT_ACTIONS",
        "the twelve Mysfits",
        "a like is counted",
        "every like",
        "items and likes",
        '"like"',
        "services/like/app.py",
        "mysfits-dev-like",
        "like_weight",
        "/fulfill-like",
        "the Ledger",
        "an adoption",
        "def adopt(self)",
        "GoodEvilIndex",
    ],
)
def test_a_word_of_the_domain_is_found(line: str) -> None:
    assert findings(line)


@pytest.mark.parametrize(
    "line", ["as you like", "looks like a file", "a path like this one", "likely", "it is unlike AWS", "alike"]
)
def test_plain_english_is_not(line: str) -> None:
    assert findings(line) == []
