"""A service that takes orders and sends each on. It has no line of tracing."""

import json
import os

import boto3
from flask import Flask, request

sqs, sns, events = (boto3.client(name) for name in ("sqs", "sns", "events"))
queue, fifo_queue = os.environ["QUEUE_URL"], os.environ.get("FIFO_QUEUE_URL")
app = Flask(__name__)


@app.post("/single")
def single():
    sqs.send_message(QueueUrl=queue, MessageBody=json.dumps(request.json))
    return "sent"


@app.post("/batch")
def batch():
    bodies = [json.dumps(order) for order in request.json]
    entries = [{"Id": str(n), "MessageBody": body} for n, body in enumerate(bodies)]
    sqs.send_message_batch(QueueUrl=queue, Entries=entries)
    return "sent"


@app.post("/fifo")
def fifo():
    body = json.dumps(request.json)
    sqs.send_message(QueueUrl=fifo_queue, MessageBody=body, MessageGroupId="orders")
    return "sent"


@app.post("/topic")
def topic():
    sns.publish(TopicArn=os.environ["TOPIC_ARN"], Message=json.dumps(request.json))
    return "sent"


@app.post("/event")
def event():
    detail = {"Source": "shop", "DetailType": "order", "Detail": json.dumps(request.json)}
    events.put_events(Entries=[{"EventBusName": os.environ["EVENT_BUS"], **detail}])
    return "sent"


app.run(host="127.0.0.1", port=int(os.environ.get("PORT", "3000")))
