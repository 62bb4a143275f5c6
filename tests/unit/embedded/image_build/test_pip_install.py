"""What of a RUN instruction is pip's, and what is left out."""

from __future__ import annotations

import pytest

from embedded.image_build.pip_install import PipInstall, split_run

LOCK = PipInstall(arguments=("-r", "requirements.txt"), files=("requirements.txt",))


@pytest.mark.parametrize(
    "command",
    [
        "pip install -r requirements.txt",
        "pip3 install --no-cache-dir -r requirements.txt",
        "python -m pip install --no-input -r requirements.txt",
        "python3.12 -m pip install --disable-pip-version-check -r requirements.txt",
        "--mount=type=cache,target=/pip-cache pip install -r requirements.txt",
    ],
)
def test_pip_with_a_requirements_file_is_done(command: str) -> None:
    assert split_run(command) == ((LOCK,), ())


def test_what_says_what_is_installed_is_handed_on() -> None:
    installs, others = split_run(
        "pip install --require-hashes --requirement=a.txt -c b.txt 'gunicorn[x]>=20,<30' flask==3.1"
    )
    assert others == ()
    assert installs == (
        PipInstall(
            arguments=(
                "--require-hashes",
                "--requirement",
                "a.txt",
                "-c",
                "b.txt",
                "gunicorn[x]>=20,<30",
                "flask==3.1",
            ),
            files=("a.txt", "b.txt"),
        ),
    )


def test_a_chain_of_commands_is_taken_apart() -> None:
    installs, others = split_run(
        "apt-get update && apt-get install -y gcc ; pip install -r requirements.txt && rm -r /x"
    )
    assert installs == (LOCK,)
    assert others == ("apt-get update", "apt-get install -y gcc", "rm -r /x")


@pytest.mark.parametrize(
    "command",
    [
        "pip install .",
        "pip install -e src",
        "pip install git+https://host/x",
        "pip install --index-url https://host x",
        "pip install -r",
        "pip install --no-cache-dir",
        "pip download x",
        "pip install x | tee y",
        "echo 'open",
        "python -c 'pip install x'",
        "python script.py -m pip install x",
    ],
)
def test_everything_else_is_left_out_and_told(command: str) -> None:
    installs, others = split_run(command)
    assert installs == ()
    assert others
