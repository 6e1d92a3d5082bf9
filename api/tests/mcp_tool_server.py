"""A tool server made with the official Python SDK: `python mcp_tool_server.py PORT`.

Run by tests/it/mcp_servers.rs with the SDK's generation 1 (the handshake of 2025) and 2 (that
handshake, and 2026-07-28). Its tools read, write, fail, answer at length, ask, and change the list.
"""

import importlib.metadata
import sys

from mcp.types import ToolAnnotations

PORT = int(sys.argv[1])
GENERATION = int(importlib.metadata.version("mcp").split(".")[0])
READS = ToolAnnotations(**{"readOnlyHint": True})

if GENERATION == 1:
    from mcp.server.fastmcp import Context, FastMCP

    server = FastMCP("tools", host="127.0.0.1", port=PORT)
else:
    from mcp.server.mcpserver import Context, MCPServer

    server = MCPServer("tools")

calls = 0


@server.tool(annotations=READS)
def read(q: str) -> str:
    """Finds something."""
    return f"found {q}"


@server.tool()
def write(q: str) -> str:
    """Changes something."""
    global calls
    calls += 1
    return f"written {calls}"


@server.tool(annotations=READS)
def fail() -> str:
    """Fails."""
    raise ValueError("It broke.")


@server.tool(annotations=READS)
def huge() -> str:
    """Answers at length."""
    return "x" * 500_000


@server.tool(annotations=READS)
async def grow(ctx: Context) -> str:
    """Adds a tool."""

    def more() -> str:
        """Was added."""
        return "more"

    server.add_tool(more)
    if GENERATION == 1:
        await ctx.session.send_tool_list_changed()
    else:
        await ctx.notify_tools_changed()
    return "grown"


if GENERATION == 2:
    from mcp_types import InputRequiredResult

    @server.tool(annotations=READS)
    async def ask(ctx: Context) -> str | InputRequiredResult:
        """Asks for a size first."""
        answers = ctx.input_responses
        if not answers:
            form = {
                "mode": "form",
                "message": "Which size?",
                "requestedSchema": {
                    "type": "object",
                    "properties": {"size": {"type": "string"}},
                    "required": ["size"],
                },
            }
            return InputRequiredResult.model_validate(
                {
                    "inputRequests": {"size": {"method": "elicitation/create", "params": form}},
                    "requestState": "step-2",
                }
            )
        answer = answers["size"]
        return f"{answer.action} {answer.content} {ctx.request_state}"


if GENERATION == 1:
    server.run(transport="streamable-http")
else:
    server.run(transport="streamable-http", host="127.0.0.1", port=PORT)
