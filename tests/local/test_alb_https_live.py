"""HTTPS listeners: certificates of ACM and imported ones, by server name, and what targets are told."""

from __future__ import annotations

import asyncio
import http.client
import socket
import ssl
from pathlib import Path
from typing import Any

import pytest
import trustme

from embedded.alb.actions import Redirect
from embedded.alb.certificates import CERTIFICATE_FILE, FOLDER, LocalAuthority
from embedded.alb.model import Listener
from embedded.alb.tls import Tls
from settings.settings import Settings
from tests.local.alb_support import Backend, forward, group, listener, new_proxy, read_message, rule
from tests.support import EmbeddedAws, local_settings, quiet_port, running_embedded_aws, wait_for

SHOP, API, OWN = "shop.example", "api.example", "own.example"


def get(port: int, name: str, trusts: ssl.SSLContext) -> tuple[int, str]:
    """Status and body of ``https://name:port/``, which is on this machine."""
    with (
        socket.create_connection(("127.0.0.1", port), timeout=5) as plain,
        trusts.wrap_socket(plain, server_hostname=name) as connection,
    ):
        connection.sendall(f"GET / HTTP/1.1\r\nHost: {name}\r\nConnection: close\r\n\r\n".encode())
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        return answer.status, answer.read().decode()


def trusting(*authorities: bytes) -> ssl.SSLContext:
    return ssl.create_default_context(cadata="".join(pem.decode() for pem in authorities))


class Shop:
    """A load balancer with an HTTPS listener that has three certificates, of which one was imported."""

    def __init__(self, aws: EmbeddedAws) -> None:
        ec2, acm, self.elb = aws.client("ec2"), aws.client("acm"), aws.client("elbv2")
        vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
        subnets = [
            ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.9.{number}.0/24", AvailabilityZone=f"us-east-1{zone}")["Subnet"]
            for number, zone in enumerate("ab")
        ]
        balancer = self.elb.create_load_balancer(Name="shop", Subnets=[each["SubnetId"] for each in subnets])
        self.arn = balancer["LoadBalancers"][0]["LoadBalancerArn"]
        issued = [
            acm.request_certificate(DomainName=name, SubjectAlternativeNames=[f"*.{name}"], ValidationMethod="DNS")
            for name in (SHOP, API)
        ]
        self.authority = trustme.CA()
        leaf = self.authority.issue_cert(OWN)
        imported = acm.import_certificate(
            Certificate=leaf.cert_chain_pems[0].bytes(),
            PrivateKey=leaf.private_key_pem.bytes(),
            CertificateChain=self.authority.cert_pem.bytes(),
        )
        self.certificates = [each["CertificateArn"] for each in (*issued, imported)]
        assert all(self.status(acm, arn) == "ISSUED" for arn in self.certificates)
        self.port = quiet_port()
        default, *more = ({"CertificateArn": arn} for arn in self.certificates)
        made = self.elb.create_listener(
            LoadBalancerArn=self.arn,
            Protocol="HTTPS",
            Port=self.port,
            Certificates=[default],
            DefaultActions=[
                {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "200", "MessageBody": "in private"}}
            ],
        )
        self.listener = made["Listeners"][0]["ListenerArn"]
        self.elb.add_listener_certificates(ListenerArn=self.listener, Certificates=more)

    @staticmethod
    def status(acm: Any, arn: str) -> str:
        return str(acm.describe_certificate(CertificateArn=arn)["Certificate"]["Status"])


def local_authority(settings: Settings) -> bytes:
    return (settings.state_dir / FOLDER / CERTIFICATE_FILE).read_bytes()


def is_served(shop: Shop, name: str, trusts: ssl.SSLContext) -> bool:
    try:
        return get(shop.port, name, trusts) == (200, "in private")
    except OSError:
        return False


def test_each_server_name_gets_its_certificate_also_after_a_restart(tmp_path: Path) -> None:
    settings = local_settings(tmp_path)
    with running_embedded_aws(settings) as running:
        shop = Shop(running)
        wait_for(lambda: (settings.state_dir / FOLDER / CERTIFICATE_FILE).is_file() or None, what="an authority")
        issued, imported = trusting(local_authority(settings)), trusting(shop.authority.cert_pem.bytes())
        names = (SHOP, f"www.{SHOP}", API, "localhost")
        wait_for(lambda: all(is_served(shop, name, issued) for name in names) or None, what=f"{names} are served")
        wait_for(lambda: is_served(shop, OWN, imported) or None, what="the imported certificate is shown")
        with pytest.raises(ssl.SSLCertVerificationError):
            get(shop.port, SHOP, imported)
        with pytest.raises(ssl.SSLCertVerificationError):
            get(shop.port, "stranger.example", issued)
        old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
        old.maximum_version = ssl.TLSVersion.TLSv1_2
        assert get(shop.port, SHOP, old) == (200, "in private")
        shop.elb.modify_listener(ListenerArn=shop.listener, SslPolicy="ELBSecurityPolicy-TLS13-1-3-2021-06")
        wait_for(lambda: not is_served(shop, SHOP, old) or None, what="TLS 1.2 is no longer spoken")
        assert get(shop.port, SHOP, issued) == (200, "in private")
        folder = settings.state_dir / FOLDER
        assert [path.stat().st_mode & 0o777 for path in (folder, *sorted(folder.iterdir()))] == [0o700, 0o600, 0o600]
    with running_embedded_aws(settings):
        wait_for(lambda: is_served(shop, SHOP, issued) or None, what="the same authority's certificate is shown again")
        wait_for(lambda: is_served(shop, OWN, imported) or None, what="the imported one is")


async def test_targets_and_redirects_are_told_that_it_was_https(tmp_path: Path) -> None:
    authority = LocalAuthority(tmp_path)
    tls = Tls(certificates=(authority.issue((SHOP,)),))
    async with Backend("a") as a, new_proxy(tmp_path) as proxy:
        moved = rule(1, "/old", Redirect(status=302, path="/new"))
        plain = listener(proxy, moved, default=forward((group("g", a), 1)))
        secure = Listener(port=plain.port, rules=plain.rules, default=plain.default, tls=tls)
        trusts = trusting((tmp_path / FOLDER / CERTIFICATE_FILE).read_bytes())
        for model, context, scheme in ((plain, None, "http"), (secure, trusts, "https"), (plain, None, "http")):
            await proxy.apply(model)
            name = SHOP if context else None
            reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port, ssl=context, server_hostname=name)
            for target in ("/", "/old"):
                writer.write(f"GET {target} HTTP/1.1\r\nHost: {SHOP}:{proxy.port}\r\n\r\n".encode())
                answer = await read_message(reader)
            writer.close()
            assert a.requests[-1].header("x-forwarded-proto") == scheme
            assert a.requests[-1].header("x-forwarded-port") == str(proxy.port)
            assert answer.header("location") == f"{scheme}://{SHOP}:{proxy.port}/new"
