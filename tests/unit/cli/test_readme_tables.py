"""The README's tables are written from the code; what stands around them stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli import docs

TEXT = "before\n<!-- settings: written by `make docs` -->\nold\nlines\n<!-- /settings -->\nafter\n"


def test_a_marked_block_is_written_anew_and_the_rest_stays() -> None:
    text = docs.render(TEXT)
    assert text.startswith(
        "before\n<!-- settings: written by `make docs` -->\n| Variable | Default | Means |\n|---|---|---|\n"
    )
    assert text.endswith("\n<!-- /settings -->\nafter\n")
    assert "\nold\n" not in text
    assert docs.render(text) == text


def test_every_block_is_written() -> None:
    text = docs.render(TEXT + "<!-- stages: x -->\n<!-- /stages -->\n")
    assert "| Stage | Means | Workshop |\n|---|---|---|\n| `placeholder` |" in text
    assert "| `STAGE` | `split` |" in text


def test_the_readme_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    readme = tmp_path / "README.md"
    readme.write_text(TEXT, encoding="utf-8")
    monkeypatch.setattr(docs, "README", readme)
    docs.write()
    assert readme.read_text(encoding="utf-8") == docs.render(TEXT)
