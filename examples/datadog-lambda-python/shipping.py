"""A function with Datadog's layer that calls the next service for each message."""

import os

import requests


def handler(event, context):
    for record in event["Records"]:
        requests.post(os.environ["SHIPPING_URL"], data=record["body"], timeout=10)
