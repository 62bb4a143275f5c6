"""The proxy as a process: starting, refusing, ending, and leaving nothing behind."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import stat
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from embedded import port_claims
from embedded.alb.actions import FixedResponse
from embedded.alb.model import Listener
from embedded.alb.ports import PortInUseError, check_port_free
from embedded.alb.proxy import EnvoyProxy, ProxyError
from embedded.alb.targets import Target, TargetGroup
from embedded.port_claims import Claims, Environment
from embedded.private_folders import socket_path
from embedded.state import MARKER
from tests.local.alb_support import Backend, Client, forward, group, listener, new_proxy
from tests.support import quiet_port

_CHILD = """
import asyncio, sys
from pathlib import Path
from embedded.alb.proxy import EnvoyProxy

async def main():
    proxy = EnvoyProxy(directory=Path(sys.argv[1]), port=int(sys.argv[2]))
    await proxy.start()
    print(proxy.pid, flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


def _runs(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _is_free(port: int) -> bool:
    try:
        check_port_free(port=port, variable="ALB_PORT")
    except PortInUseError:
        return False
    return True


async def test_port_in_use_names_port_holder_and_variable(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        proxy = EnvoyProxy(directory=tmp_path, port=port, port_variable="ALB_PORT")
        with pytest.raises(PortInUseError) as caught:
            await proxy.start()
    message = str(caught.value)
    assert re.search(rf"Port {port} is in use by .+ \(process {os.getpid()}\)", message)
    assert "set ALB_PORT to a free port" in message
    assert proxy.pid is None


async def test_two_proxies_cannot_share_a_port(tmp_path: Path) -> None:
    async with new_proxy(tmp_path) as first:
        with pytest.raises(PortInUseError, match=f"Port {first.port} is in use by envoy"):
            await EnvoyProxy(directory=tmp_path / "second", port=first.port).start()


async def test_close_leaves_no_process_and_frees_the_port(tmp_path: Path) -> None:
    async with new_proxy(tmp_path) as proxy, Client.to(proxy.port):
        pid = proxy.pid
        assert pid is not None
        assert psutil.pid_exists(pid)
        assert psutil.Process(pid).children() == []
    assert not psutil.pid_exists(pid)
    check_port_free(port=proxy.port, variable="ALB_PORT")
    await proxy.close()


async def test_closed_proxy_starts_again_and_forgets(tmp_path: Path) -> None:
    proxy = new_proxy(tmp_path)
    for _ in range(2):
        async with proxy, Client.to(proxy.port) as client:
            assert (await client.ask("/")).status == 503
            await proxy.apply(listener(proxy))
            assert (await client.ask("/")).status == 404


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a child with its parent")
async def test_proxy_dies_with_the_process_that_started_it(tmp_path: Path) -> None:
    port = quiet_port()
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _CHILD, str(tmp_path), str(port), stdout=asyncio.subprocess.PIPE
    )
    assert child.stdout is not None
    pid = int(await child.stdout.readline())
    assert _runs(pid)
    child.kill()
    await child.wait()
    async with asyncio.timeout(10):
        while _runs(pid) or not _is_free(port):  # noqa: ASYNC110 - nobody tells of the end of a grandchild
            await asyncio.sleep(0.01)


async def test_refused_configuration_is_reported_and_the_old_one_stays(tmp_path: Path) -> None:
    async with Backend("a") as a, new_proxy(tmp_path) as proxy, Client.to(proxy.port) as client:
        good = listener(proxy, default=forward((group("g", a), 1)))
        await proxy.apply(good)
        named = TargetGroup(name="bad", targets=(Target(host="not-an-address", port=80),))
        for _ in range(2):
            with pytest.raises(ProxyError, match=r"refused its configuration(.|\n)*not-an-address"):
                await proxy.apply(listener(proxy, default=forward((named, 1))))
            assert (await client.ask("/")).body == b"a"
        await proxy.apply(listener(proxy))
        assert (await client.ask("/")).status == 404
        await proxy.apply(good)
        assert (await client.ask("/")).body == b"a"


async def test_proxy_that_was_killed_is_noticed(tmp_path: Path) -> None:
    async with new_proxy(tmp_path) as proxy:
        assert proxy.pid is not None
        os.kill(proxy.pid, signal.SIGKILL)
        assert await proxy.wait() == -signal.SIGKILL
        assert proxy.pid is None
        with pytest.raises(ProxyError, match="ended with status -9"):
            await proxy.apply(listener(proxy))


async def test_listener_of_another_port_is_refused(tmp_path: Path) -> None:
    proxy = new_proxy(tmp_path)
    with pytest.raises(ValueError, match="needs its own"):
        await proxy.apply(Listener(port=proxy.port + 1, rules=(), default=FixedResponse(status=404)))


async def test_proxy_that_was_not_started_says_so(tmp_path: Path) -> None:
    proxy = new_proxy(tmp_path)
    with pytest.raises(ProxyError, match="call start"):
        await proxy.metrics()
    with pytest.raises(ProxyError, match="call start"):
        await proxy.apply(listener(proxy))


async def test_it_listens_on_loopback_at_the_listeners_port_alone(tmp_path: Path) -> None:
    async with new_proxy(tmp_path) as proxy:
        listening = [
            connection.laddr
            for connection in psutil.Process(proxy.pid).net_connections("inet")
            if connection.status == psutil.CONN_LISTEN
        ]
    assert listening == [("127.0.0.1", proxy.port)]


async def test_the_administration_is_a_private_socket_also_where_the_path_is_long(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / ("long" * 30)):
        admin_socket = socket_path(folder / "alb", "admin.sock")
        async with new_proxy(folder):
            assert stat.S_IMODE(admin_socket.stat().st_mode) == 0o600
            assert stat.S_IMODE(admin_socket.parent.stat().st_mode) == 0o700
        assert not admin_socket.exists()
    assert not admin_socket.parent.exists(), "the folder below the temporary one goes with the proxy"


@pytest.mark.parametrize(
    ("variable", "advice"),
    [
        ("ALB_PORT", "give this environment ports of its own: set ALB_PORT and SITE_PORT to free ports."),
        ("AWS_PORT", "set AWS_PORT to a free port."),
    ],
)
def test_a_port_of_an_environment_is_told_by_its_name_and_not_to_be_freed(
    variable: str, advice: str, tmp_path: Path
) -> None:
    code = "import socket; server = socket.create_server(('127.0.0.1', 0)); print(server.getsockname()[1]); input()"
    with subprocess.Popen(
        [sys.executable, "-u", "-c", code],
        env={**os.environ, MARKER: str(tmp_path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        shop = Environment(alb_port=port, site_port=1, load_balancer="shop-dev")
        port_claims.write(tmp_path, Claims(environments={"shop-dev": shop}))
        with pytest.raises(PortInUseError) as caught:
            check_port_free(port=port, variable=variable)
        process.communicate("")
    whose = f"of the embedded AWS in {tmp_path} as the load balancer of the environment shop-dev"
    assert str(caught.value).endswith(f"(process {process.pid}) {whose}; {advice}")
