"""The yardstick: the same API as the workshop's monolith has it, with plain Flask and boto3.

One client for the process, one call to DynamoDB for each request, nothing shared and nothing remembered. Served by
Flask's development server, as in the workshop, or by gunicorn: ``gunicorn bench.flask_mysfits:create_app()``.
"""

from __future__ import annotations

import os
from typing import Any

import boto3
from botocore.exceptions import ClientError
from flask import Flask, Response, abort, jsonify, request

_LISTED = ("MysfitId", "Name", "Species", "GoodEvil", "LawChaos", "ThumbImageUri")
_INDEXES = {"GoodEvil": "GoodEvilIndex", "LawChaos": "LawChaosIndex"}


def create_app() -> Flask:
    """The application on the table DDB_TABLE_NAME; boto3 finds endpoint, region and credentials by itself."""
    app = Flask(__name__)
    dynamodb = boto3.client("dynamodb")
    table = os.environ["DDB_TABLE_NAME"]

    @app.get("/")
    def health() -> Response:
        return jsonify(status="ok")

    @app.get("/mysfits")
    def list_mysfits() -> Response:
        axis = request.args.get("filter")
        if axis is None:
            answer = dynamodb.scan(TableName=table)
        else:
            answer = dynamodb.query(
                TableName=table,
                IndexName=_INDEXES[axis],
                KeyConditionExpression=f"{axis} = :value",
                ExpressionAttributeValues={":value": {"S": request.args["value"]}},
            )
        return jsonify(mysfits=[_summary(item) for item in answer["Items"]])

    @app.get("/mysfits/<mysfit_id>")
    def profile(mysfit_id: str) -> Response:
        answer = dynamodb.get_item(TableName=table, Key={"MysfitId": {"S": mysfit_id}})
        if "Item" not in answer:
            abort(404)
        item = answer["Item"]
        return jsonify(
            **_summary(item),
            age=int(item["Age"]["N"]),
            description=item["Description"]["S"],
            profileImageUri=item["ProfileImageUri"]["S"],
            likes=int(item["Likes"]["N"]),
            adopted=item["Adopted"]["BOOL"],
        )

    def update(mysfit_id: str, expression: str, values: dict[str, Any]) -> Response:
        try:
            dynamodb.update_item(
                TableName=table,
                Key={"MysfitId": {"S": mysfit_id}},
                UpdateExpression=expression,
                ConditionExpression="attribute_exists(MysfitId)",
                ExpressionAttributeValues=values,
            )
        except ClientError as error:
            if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
                abort(404)
            raise
        return jsonify(Update="Success")

    @app.post("/mysfits/<mysfit_id>/like")
    def like(mysfit_id: str) -> Response:
        return update(mysfit_id, "ADD Likes :one", {":one": {"N": "1"}})

    @app.post("/mysfits/<mysfit_id>/adopt")
    def take_up(mysfit_id: str) -> Response:
        return update(mysfit_id, "SET Adopted = :yes", {":yes": {"BOOL": True}})

    return app


def _summary(item: dict[str, Any]) -> dict[str, str]:
    mysfit_id, name, species, good_evil, law_chaos, thumb = (item[attribute]["S"] for attribute in _LISTED)
    return {
        "mysfitId": mysfit_id,
        "name": name,
        "species": species,
        "goodevil": good_evil,
        "lawchaos": law_chaos,
        "thumbImageUri": thumb,
    }
