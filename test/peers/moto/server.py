"""moto as one server for all of AWS; it prints its address, and ends when its stdin does."""

import logging
import sys

from moto.server import ThreadedMotoServer

# It would write a line for each request.
logging.getLogger("werkzeug").setLevel(logging.ERROR)

server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
_, port = server.get_host_and_port()
print(f"http://127.0.0.1:{port}", flush=True)
sys.stdin.read()
server.stop()
