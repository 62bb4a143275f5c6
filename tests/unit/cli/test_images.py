"""Which images a walk uses."""

from __future__ import annotations

from dataclasses import replace

from cli.images import tags_of_walk
from mysfits.system import SYSTEM
from systems.image_tags import image_tag
from systems.service import Architecture


def test_services_of_the_goal_run_the_sources_as_they_are() -> None:
    tags = tags_of_walk(SYSTEM, SYSTEM.stage_by_name["split"], asked={}, running={"monolith": "old", "like": "old"})
    assert (tags["monolith"], tags["like"]) == (
        image_tag(SYSTEM.images["monolith"].image),
        image_tag(SYSTEM.images["like"].image),
    )


def test_a_leaving_service_keeps_its_image() -> None:
    tags = tags_of_walk(SYSTEM, SYSTEM.stage_by_name["glue"], asked={}, running={"monolith": "old", "like": "old"})
    assert (tags["monolith"], tags["like"]) == (image_tag(SYSTEM.images["monolith"].image), "old")


def test_a_rollback_gets_the_images_it_asks_for() -> None:
    tags = tags_of_walk(SYSTEM, SYSTEM.stage_by_name["split"], asked={"like": "older"}, running={"like": "old"})
    assert tags["like"] == "older"


def test_the_same_sources_for_other_processors_are_another_image() -> None:
    image = SYSTEM.monolith.image
    tags = {image_tag(replace(image, architecture=one)) for one in Architecture}
    assert len(tags) == 2
    assert image_tag(image) in tags


def test_the_same_sources_are_another_revision_when_that_is_asked_for() -> None:
    goal = SYSTEM.stage_by_name["monolith"]
    plain = tags_of_walk(SYSTEM, goal, asked={}, running={"like": "l1"})
    again = tags_of_walk(SYSTEM, goal, asked={}, running={"like": "l1"}, revision="r2")
    assert again["monolith"] == f"{plain['monolith']}-r2"
    assert again["like"] == "l1", "what leaves keeps its image"
