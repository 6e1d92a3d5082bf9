"""An MCP server over standard input and output, in the protocol of 2025 and without an SDK.

`env` tells the names of its environment variables and of the call's `_meta`; `exit` ends the process
in the middle of a call.
"""

import json
import os
import sys


def tool(name):
    return {"name": name, "inputSchema": {"type": "object"}, "annotations": {"readOnlyHint": True}}


for line in sys.stdin:
    message = json.loads(line)
    if "id" not in message:
        continue
    method, params = message["method"], message.get("params") or {}
    reply = {"jsonrpc": "2.0", "id": message["id"]}
    if method == "initialize":
        reply["result"] = {
            "protocolVersion": "2025-06-18",
            "capabilities": {"tools": {}},
            "serverInfo": {"name": "child", "version": "1"},
        }
    elif method == "tools/list":
        reply["result"] = {"tools": [tool("env"), tool("exit")]}
    elif method == "tools/call":
        if params["name"] == "exit":
            sys.exit()
        told = {"env": sorted(os.environ), "meta": sorted(params.get("_meta", {}))}
        reply["result"] = {"content": [{"type": "text", "text": json.dumps(told)}]}
    else:
        reply["error"] = {"code": -32601, "message": "Method not found"}
    print(json.dumps(reply), flush=True)
