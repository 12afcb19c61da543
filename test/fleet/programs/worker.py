"""A worker that polls a queue and calls the next service for each message."""

import os

import boto3
import requests

sqs = boto3.client("sqs")
queue = os.environ["QUEUE_URL"]
while True:
    received = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=5)
    for message in received.get("Messages", []):
        requests.post(os.environ["SHIPPING_URL"], data=message["Body"], timeout=10)
        sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
