"""Reading environment variables so that all problems are found in one go."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping


class SettingsError(ValueError):
    """Every problem found in the environment, one line each."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems: tuple[str, ...] = tuple(problems)
        super().__init__("\n".join(self.problems))


class EnvironmentReader:
    """Reads and checks variables, keeps each problem, and raises them together in ``finish``.

    An empty or blank value means unset. After a problem the reader returns a harmless value, so that the caller can
    read on; ``finish`` makes sure that nobody uses it.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.problems: list[str] = []

    def text(self, name: str, *, pattern: str, means: str, default: str | None = None) -> str:
        """Value of ``name``; must match the whole ``pattern``. Without a default it is required."""
        value = self._environ.get(name, "").strip()
        if not value:
            if default is None:
                self.problems.append(f"{name} is not set; set it to {means}.")
            return default or ""
        if not re.fullmatch(pattern, value):
            self.problems.append(f"{name}={value!r} is not {means}; correct it.")
        return value

    def texts(self, name: str, *, pattern: str, means: str) -> tuple[str, ...]:
        """Comma-separated values in ``name``, each matching the whole ``pattern``, in the order given and once each."""
        values = self._parts(name)
        if not all(re.fullmatch(pattern, value) for value in values):
            self.problems.append(f"{name}={self._environ[name]!r} is not {means}; correct it.")
        return values

    def number(self, name: str, *, default: float, lowest: float, highest: float, unit: str) -> float:
        """Value of ``name`` as a decimal number from ``lowest`` to ``highest``."""
        value = self._environ.get(name, "").strip()
        if not value:
            return default
        if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,3})?", value) or not lowest <= float(value) <= highest:
            self.problems.append(
                f"{name}={value!r} is not a number of {unit} from {lowest:g} to {highest:g}; correct it."
            )
            return default
        return float(value)

    def names(self, name: str, *, valid: Iterable[str]) -> tuple[str, ...]:
        """Comma-separated names in ``name``, each one of ``valid``, in the order given and once each."""
        chosen = self._parts(name)
        options = tuple(valid)
        unknown = [part for part in chosen if part not in options]
        if unknown:
            self.problems.append(
                f"{name} names {', '.join(unknown)}; use only {', '.join(options)}, or leave it empty."
            )
        return chosen

    def is_set(self, name: str) -> bool:
        """Whether ``name`` has a value."""
        return bool(self._environ.get(name, "").strip())

    def secrets(self, name: str, *, pattern: str, means: str) -> tuple[str, ...]:
        """Comma-separated secrets in ``name``, each matching the whole ``pattern``. No problem shows any of them."""
        values = self._parts(name)
        if not all(re.fullmatch(pattern, value) for value in values):
            self.problems.append(f"{name} is not a list of {means} (its value is not shown); correct it.")
        return values

    def _parts(self, name: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(part.strip() for part in self._environ.get(name, "").split(",") if part.strip()))

    def finish(self) -> None:
        """Raise SettingsError when there was any problem."""
        if self.problems:
            raise SettingsError(self.problems)
