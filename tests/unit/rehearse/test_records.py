from __future__ import annotations

from pathlib import Path

import pytest

from rehearse.load_plan import LoadPlan
from rehearse.records import EndCounts, Record, RecordReader, end_line
from tests.unit.rehearse.stories import record


def test_a_record_survives_its_line() -> None:
    plain = record(7, kind="like", path="/m/like", counts_as="m", outcomes=["refused", "answered", "ok"])
    assert Record.parse(plain.line()) == plain
    assert plain.line().count("\n") == 1


@pytest.mark.parametrize("line", ["", "[1, 2]", "{}", "nonsense"])
def test_what_is_no_record_is_refused(line: str) -> None:
    with pytest.raises(ValueError):
        Record.parse(line)


def test_a_file_is_read_while_it_grows_without_losing_or_doubling_a_line(tmp_path: Path) -> None:
    path = tmp_path / "records"
    reader = RecordReader(path)
    assert reader.read_new() == []
    lines = [record(number).line() for number in range(3)]
    with path.open("w") as file:
        file.write(lines[0] + lines[1][:10])
        file.flush()
        assert [one.number for one in reader.read_new()] == [0]
        file.write(lines[1][10:] + lines[2])
        file.flush()
        assert [one.number for one in reader.read_new()] == [1, 2]
        assert reader.end is None
        file.write(end_line(requests=3, failures=1))
    assert reader.read_new() == []
    assert reader.end == EndCounts(requests=3, failures=1)
    reader.close()


def test_a_load_plan_survives_its_line() -> None:
    plan = LoadPlan(
        system="examples/shop",
        api="http://127.0.0.1:1",
        rate=2.5,
        seed=3,
        mix={"like": 1},
        run_id="r",
        timeout_seconds=1.0,
        retry_seconds=0.0,
        records=Path("x") / "y",
    )
    assert LoadPlan.parse(plan.line()) == plan
