"""Lab 2's task outside of the service: called, its log shown whole, stopped, nothing left of it."""

from __future__ import annotations

import json
import re

from tests.conftest import Deployed


def test_run_task_shows_whole_log_lines_up_to_those_of_its_own_requests(deployment: Deployed) -> None:
    shown = deployment.make("run-task").stdout
    assert re.search(r"^GET / +200", shown, re.MULTILINE)
    assert re.search(r"^GET /mysfits +200, 12 mysfits$", shown, re.MULTILINE)
    lines = [json.loads(line[line.index("{") :]) for line in shown.splitlines() if re.match(r"\d+ +\{", line)]
    assert lines, shown
    served = [line for line in lines if line.get("path") == "/mysfits"]
    assert [line["status"] for line in served] == [200]
    assert served[0]["requestId"].startswith("run-task-")

    ec2, ecs = deployment.client("ec2"), deployment.client("ecs")
    groups = ec2.describe_security_groups(Filters=[{"Name": "group-name", "Values": ["mysfits-test-run-task"]}])
    assert groups["SecurityGroups"] == []
    assert ecs.list_tasks(cluster="mysfits-test", startedBy="make run-task")["taskArns"] == []
