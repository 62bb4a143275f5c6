"""Which images a walk uses."""

from __future__ import annotations

from cli.images import tags_of_walk
from stacks.images import image_tag
from stacks.stages import STAGES


def test_services_of_the_goal_run_the_sources_as_they_are() -> None:
    tags = tags_of_walk(STAGES["split"], asked={}, running={"monolith": "old", "like": "old"})
    assert (tags["monolith"], tags["like"]) == (image_tag("monolith"), image_tag("like"))


def test_a_leaving_service_keeps_its_image() -> None:
    tags = tags_of_walk(STAGES["glue"], asked={}, running={"monolith": "old", "like": "old"})
    assert (tags["monolith"], tags["like"]) == (image_tag("monolith"), "old")


def test_a_rollback_gets_the_images_it_asks_for() -> None:
    tags = tags_of_walk(STAGES["split"], asked={"like": "older"}, running={"like": "old"})
    assert tags["like"] == "older"
