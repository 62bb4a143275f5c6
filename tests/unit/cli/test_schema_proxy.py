"""Which types stay in the provider's schema; tests/local asks the real provider for it."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from cli.schema_proxy import named_types, with_types


def number(value: int) -> bytes:
    """In base 128, the lowest part first."""
    return bytes([value & 0x7F | 0x80]) + number(value >> 7) if value > 0x7F else bytes([value])


def field(which: int, content: bytes) -> bytes:
    return number(which << 3 | 2) + number(len(content)) + content


def entry(which: int, key: bytes, value: bytes) -> bytes:
    return field(which, field(1, key) + field(2, value))


PROVIDER = field(1, b"region and profile")
CAPABILITIES = field(6, b"\x08\x01")
BIG = b"v" * 3_000


def test_a_type_that_is_not_named_is_left_out_whatever_kind_it_is() -> None:
    stays = [PROVIDER, entry(2, b"aws_lb", BIG), entry(3, b"aws_ami", b""), entry(8, b"aws_key", b"x"), CAPABILITIES]
    goes = [entry(2, b"aws_lb_listener", BIG), entry(3, b"aws_vpc", BIG), entry(8, b"aws_password", b"x")]
    schema = b"".join([*stays[:2], *goes, *stays[2:]])
    assert with_types(schema, {b"aws_lb", b"aws_ami", b"aws_key"}) == b"".join(stays)


def test_what_is_no_map_of_types_stays_even_where_its_content_looks_like_an_entry() -> None:
    functions = entry(7, b"arn_parse", b"f")
    assert with_types(functions + entry(9, b"aws_x", b""), set()) == functions + entry(9, b"aws_x", b"")


def test_what_is_laid_out_in_another_way_is_passed_on_as_it_is() -> None:
    known = entry(2, b"aws_lb", b"x")
    for strange in (known + b"\x08\x01", known[:-1], known + b"\xff", field(2, b""), field(2, b"\x0a")):
        assert with_types(strange, set()) == strange


@given(st.dictionaries(st.binary(min_size=1, max_size=200), st.binary(max_size=300)), st.data())
def test_exactly_the_named_types_stay_in_their_order(types: dict[bytes, bytes], data: st.DataObject) -> None:
    named = data.draw(st.sets(st.sampled_from(sorted(types)))) if types else set()
    schema = b"".join(entry(2, name, value) for name, value in types.items())
    kept = b"".join(entry(2, name, value) for name, value in types.items() if name in named)
    assert with_types(schema, named) == kept


def test_types_are_named_by_terraforms_files_and_by_whatever_file_is_given(tmp_path: Path) -> None:
    files = {
        "stack/cdk.tf.json": '{"resource": {"aws_lb": {}}, "data": {"aws_ami": {}}}',
        "stack/module/main.tf": 'resource "aws_ecs_service" "this" {\n  a = aws_vpc.this.id\n}',
        "stack/module/tests/runs.tftest.hcl": 'mock_resource "aws_iam_role" {}',
        "stack/.terraform/copy.tf": 'resource "aws_hidden" "this" {}',
        "stack/notes.md": "aws_note",
        "dev.state": '{"type": "aws_in_the_state"}',
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / "gone").symlink_to(tmp_path / "nothing")
    found = named_types([tmp_path / "stack", tmp_path / "dev.state", tmp_path / "gone"])
    assert found == {b"aws_lb", b"aws_ami", b"aws_ecs_service", b"aws_vpc", b"aws_iam_role", b"aws_in_the_state"}
