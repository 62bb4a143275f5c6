"""The one place where the environment variables of the command line are read and checked.

``Settings.from_environ`` is called once, by ``main.py`` (synthesis), the commands behind ``make`` and the embedded AWS.
Everything that carries a name, a port or a folder derives it from here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal, cast

from settings import alarms, canary, comparing, facade, machine, names, ports, profile, shadow
from settings.alarms import AlarmSettings
from settings.canary import CanarySettings
from settings.choices import not_one_of
from settings.comparing import CompareSettings
from settings.numbers import is_number
from settings.profile import DEV, LOCAL, Profile
from systems.checkout import ROOT
from systems.facade_way import FacadeWay
from systems.loading import UnknownSystemError, load
from systems.stage import Stage
from systems.system import System

Target = Literal["local", "aws"]
SiteHosting = Literal["cloudfront", "s3-website"]

DESCRIPTIONS: Final[Mapping[str, tuple[str, str]]] = {
    "SYSTEM": ("mysfits", "folder of the system to deploy: the one with its `system.py`"),
    "TARGET": ("local", "where to: `local`, the embedded AWS, or `aws`, the account of the shell's credentials"),
    "STAGE": ("", "how far the monolith is split; each system has a default of its own"),
    "ENV": ("dev", "part of every name; lets several environments share an account"),
    "REGION": ("us-east-1", "AWS region; the embedded AWS has one, remembered as long as something is deployed"),
    **ports.DESCRIPTIONS,
    "SITE_HOSTING": (
        "cloudfront",
        "how the website is served, AWS target only: `cloudfront`, HTTPS before a private bucket, or `s3-website`, "
        "the workshop's public bucket over HTTP",
    ),
    **profile.DESCRIPTIONS,
    **facade.DESCRIPTIONS,
    **machine.DESCRIPTIONS,
    "STATE_BUCKET": (
        "",
        "S3 bucket in `REGION` that has the Terraform state, AWS target only; by default the one that "
        "`make state-bucket` makes, once it is there",
    ),
    **canary.DESCRIPTIONS,
    **shadow.DESCRIPTIONS,
    **comparing.DESCRIPTIONS,
    **alarms.DESCRIPTIONS,
    "REVISION": (
        "",
        "small letters and digits, part of every image tag then: the same sources as a new revision",
    ),
    "STATE_DIR": (".local", "folder of everything the embedded AWS writes"),
    "CDKTF_OUTDIR": ("cdktf.out", "folder that synthesis writes to"),
    "EVENTS_FILE": ("", "file to which a deploy appends a line of JSON when a phase begins and when it ends"),
}
"""Every variable that is read, with its default and what it means."""

_TARGETS: Final = ("local", "aws")
_SITE_HOSTINGS: Final = ("cloudfront", "s3-website")


def setting(environ: Mapping[str, str], name: str) -> str:
    """Value of a variable of DESCRIPTIONS, its default where it is unset or empty; not checked."""
    return environ.get(name, "").strip() or DESCRIPTIONS[name][0]


def state_dir_of(environ: Mapping[str, str]) -> Path:
    """Folder of STATE_DIR, whatever the other settings are."""
    return (ROOT / setting(environ, "STATE_DIR")).resolve()


def environment_name_of(environ: Mapping[str, str]) -> str | None:
    """Name of the environment, such as ``shop-dev``, whatever the other settings are; None where SYSTEM is wrong."""
    try:
        return f"{load(setting(environ, 'SYSTEM')).name}-{setting(environ, 'ENV')}"
    except UnknownSystemError:
        return None


class SettingsError(ValueError):
    """Every problem found in the settings, one line each."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems: tuple[str, ...] = tuple(problems)
        super().__init__("\n".join(self.problems))


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What one run was asked to do.

    ``system_folder`` is where ``system`` was loaded from, relative to the checkout.
    Ports are TCP ports on 127.0.0.1 and matter with ``target == "local"`` only; ``site_hosting`` and ``profile`` matter
    with ``"aws"`` only. ``shadow_percent`` of the requests of services that can do that go to the new side too.
    ``state_dir`` holds everything the embedded AWS writes; deleting it while nothing runs resets the local target.
    ``max_tasks`` is the embedded AWS's; None: what the machine bears; ``scaling_speed`` its scaling's. ``out_dir`` is
    where synthesis writes. ``state_bucket`` has the Terraform state; empty: it is a file of this checkout. ``facade``:
    as FACADE says; None: as the profile does.
    """

    system_folder: str
    system: System = field(hash=False, repr=False)
    target: Target
    env: str
    stage: str
    region: str
    alb_port: int
    aws_port: int
    site_port: int
    state_dir: Path
    out_dir: Path
    canary: CanarySettings = field(default_factory=CanarySettings)
    shadow_percent: int = 0
    compare: CompareSettings = field(default_factory=CompareSettings)
    alarms: AlarmSettings = field(default_factory=AlarmSettings)
    revision: str = ""
    site_hosting: SiteHosting = "cloudfront"
    profile: Profile = DEV
    state_bucket: str = ""
    events_file: Path | None = None
    max_tasks: int | None = None
    scaling_speed: int = 1
    internal_port: int = 0
    facade: FacadeWay | None = None

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Settings:
        """Read the variables of DESCRIPTIONS; an empty value means unset.

        CDKTF_OUTDIR is the cdktf command line's own variable for the folder it reads.

        Raises:
            SettingsError: with one line for each problem (what, why, nearest valid value).
        """
        problems: list[str] = []

        def value(name: str) -> str:
            return setting(environ, name)

        def one_of(name: str, chosen: str, options: tuple[str, ...]) -> str:
            if chosen not in options:
                problems.append(not_one_of(name, chosen, options))
            return chosen

        def choice(name: str, valid: Iterable[str]) -> str:
            return one_of(name, value(name), tuple(valid))

        target = choice("TARGET", _TARGETS)
        system = _load(value("SYSTEM"), problems)
        stage = value("STAGE") or (system.default_stage if system is not None else "")
        if system is not None and stage not in system.stage_by_name:
            problems.append(not_one_of("STAGE", stage, system.stage_by_name))
        site_hosting = choice("SITE_HOSTING", _SITE_HOSTINGS)
        named = names.read(value, target=target, problems=problems)
        chosen = profile.read(
            value, one_of, is_local=target == "local", region=named.region, site_hosting=site_hosting, problems=problems
        )

        def count(name: str) -> int:
            text = value(name)
            if not (is_number(text) and int(text) > 0):
                problems.append(
                    f"{name}={text} is not a whole number above 0, of at most nine digits; try "
                    f"{name}={DESCRIPTIONS[name][0] or 60}."
                )
                return 0
            return int(text)

        canaries = canary.read(value, count, one_of, target=target, problems=problems)
        compare = comparing.read(value, count, one_of, problems=problems)
        shadow_percent = shadow.read(value("SHADOW"), system=system, problems=problems)
        alarm_settings = alarms.read(value("ALARMS"), target=target, problems=problems)
        max_tasks, scaling_speed = machine.read(value, count, problems=problems)
        way = facade.read(value, one_of, system=system, problems=problems)
        port = ports.read(value, internal=way is FacadeWay.INTERNAL, problems=problems)
        if problems or system is None:
            raise SettingsError(problems)
        return cls(
            system_folder=value("SYSTEM"),
            system=system,
            target=cast(Target, target),
            env=named.env,
            stage=stage,
            region=named.region,
            alb_port=port["ALB_PORT"],
            aws_port=port["AWS_PORT"],
            site_port=port["SITE_PORT"],
            internal_port=port["INTERNAL_PORT"],
            facade=way,
            state_dir=state_dir_of(environ),
            out_dir=(ROOT / value("CDKTF_OUTDIR")).resolve(),
            canary=canaries,
            compare=compare,
            alarms=alarm_settings,
            shadow_percent=shadow_percent,
            revision=named.revision,
            site_hosting=cast(SiteHosting, site_hosting),
            profile=chosen,
            state_bucket=named.state_bucket,
            max_tasks=max_tasks,
            scaling_speed=scaling_speed,
            events_file=ROOT / value("EVENTS_FILE") if value("EVENTS_FILE") else None,
        )

    @property
    def is_local(self) -> bool:
        """Whether this run goes to the embedded AWS."""
        return self.target == "local"

    @property
    def aws_endpoint_url(self) -> str | None:
        """Endpoint of the embedded AWS API, or None for AWS itself."""
        return f"http://127.0.0.1:{self.aws_port}" if self.is_local else None

    @property
    def site_origins(self) -> tuple[str, ...]:
        """Origins of the local website, both names of loopback; on AWS (empty here) only the stack knows its one."""
        return tuple(f"http://{name}:{self.site_port}" for name in ("127.0.0.1", "localhost")) if self.is_local else ()

    @property
    def listener_port(self) -> int:
        """Port of the load balancer's listener."""
        if self.is_local:
            return self.alb_port
        return 443 if self.profile_here.certificate_arn else 80

    @property
    def internal_listener_port(self) -> int:
        """Port of the internal load balancer's listener."""
        return self.internal_port if self.is_local else 80

    @property
    def internal_balancer_name(self) -> str:
        """Name of the internal load balancer."""
        return self.name(names.INTERNAL)

    @property
    def facade_way(self) -> FacadeWay:
        """How services reach the monolith's facade; a system without one has nothing to move."""
        asked = self.profile_here.facade_way if self.facade is None else self.facade
        return FacadeWay.PUBLIC if self.system.facade is None else asked

    @property
    def profile_here(self) -> Profile:
        """The profile that holds in this target: the embedded AWS knows one only."""
        return LOCAL if self.is_local else self.profile

    @property
    def terraform_state(self) -> Path:
        """State file of this target, system and environment; the two targets never share one."""
        return (self.state_dir / "terraform" if self.is_local else ROOT / ".aws-state") / f"{self.name()}.tfstate"

    @property
    def stack_dir(self) -> Path:
        """Where ``main.py`` writes the Terraform of the stack and where terraform runs."""
        return self.out_dir / "stacks" / self.system.name

    @property
    def tags(self) -> dict[str, str]:
        """Tags of everything in this environment; the audit finds what is left by them."""
        return {"Project": self.system.name, "Env": self.env}

    def name(self, *parts: str) -> str:
        """Name of an AWS object, such as ``shop-dev-orders``; with one service at most 30 characters.

        Without parts it is the environment's own name: no two systems and environments have the same one.
        """
        return "-".join((self.system.name, self.env, *parts))

    def path(self, *parts: str) -> str:
        """Name of an AWS object that has slashes in it, such as ``/shop/dev/orders``."""
        return "/".join(("", self.system.name, self.env, *parts))

    @property
    def stage_row(self) -> Stage:
        """What runs in the stage that is asked for."""
        return self.system.stage_by_name[self.stage]

    @property
    def table_names(self) -> tuple[str, ...]:
        """AWS names of the system's tables, in its order."""
        return tuple(self.name(table.name) for table in self.system.tables)

    def site_bucket_name(self, account_id: str) -> str:
        """Bucket of the website. Bucket names are shared by all of AWS, so account and region make it unique."""
        return f"{self.name('site')}-{account_id}-{self.region}"


def _load(folder: str, problems: list[str]) -> System | None:
    try:
        return load(folder)
    except UnknownSystemError as problem:
        problems.append(f"SYSTEM={folder}: {problem}")
        return None
