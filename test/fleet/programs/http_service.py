"""A service that passes what it gets on to the next one. It has no line of tracing."""

import os

import requests
from flask import Flask, request

app = Flask(__name__)


@app.post("/<way>")
def take(way):
    answer = requests.post(os.environ["NEXT_URL"], data=request.get_data(), timeout=10)
    return way, answer.status_code


app.run(host="127.0.0.1", port=int(os.environ["PORT"]))
