"""A web service that tells a topic of each order. It has no line of tracing."""

import os

import boto3
from flask import Flask, request

sns = boto3.client("sns")
app = Flask(__name__)


@app.post("/orders")
def order():
    sns.publish(TopicArn=os.environ["TOPIC_ARN"], Message=request.get_data(as_text=True))
    return "reserved"


app.run(host="127.0.0.1", port=int(os.environ["PORT"]))
