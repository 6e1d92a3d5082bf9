"""The official Python SDK against our /mcp: `MCP_TOKEN=… python mcp_sdk.py URL`.

Run by tests/it/mcp.rs with the SDK's generation 1 (the handshake of 2025) and 2 (that handshake,
and the single requests of 2026-07-28). Prints what it did and "ok", or fails with a traceback.
"""

import asyncio
import importlib.metadata
import os
import sys

from mcp.shared._httpx_utils import create_mcp_http_client

URL = sys.argv[1]
TOKEN = os.environ["MCP_TOKEN"]
NAME = "smooth-operator-notes"


def same(actual, expected):
    assert actual == expected, f"{actual!r} is not {expected!r}"


async def use(client, label, result_of):
    """The whole life of a note; `result_of` gives (structured content, whether it failed)."""
    tools = (await client.list_tools()).tools
    same([tool.name for tool in tools], ["get_note", "list_titles", "save_note"])

    title = f"From Python, {label}"
    saved = await client.call_tool("save_note", {"title": title, "content": "Grüße 🗒️"})
    same(result_of(saved), ({"success": True, "title": title}, False))
    found = await client.call_tool("get_note", {"title": title})
    same(result_of(found), ({"title": title, "content": "Grüße 🗒️"}, False))
    listed, failed = result_of(await client.call_tool("list_titles", {}))
    assert title in listed["titles"] and not failed, listed

    for tool, arguments, part in [
        ("get_note", {"title": "nothing"}, "no note of that exact title"),
        ("save_note", {"title": "x" * 201, "content": ""}, "201 characters"),
        ("save_note", {"title": "x"}, "missing field `content`"),
    ]:
        refused, failed = result_of(await client.call_tool(tool, arguments))
        assert failed and part in refused["error"], refused
    print(f"{label}: tools, save, get, list, errors")


async def generation_1():
    from mcp import ClientSession
    from mcp.client.streamable_http import streamable_http_client

    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with create_mcp_http_client(headers=headers) as http:
        async with streamable_http_client(URL, http_client=http) as (read, write, _):
            async with ClientSession(read, write) as session:
                same((await session.initialize()).serverInfo.name, NAME)
                await use(session, "initialize", lambda r: (r.structuredContent, r.isError))


async def generation_2():
    from mcp import Client
    from mcp.client.streamable_http import streamable_http_client

    for mode in ["legacy", "2026-07-28", "auto"]:
        async with create_mcp_http_client(headers={"Authorization": f"Bearer {TOKEN}"}) as http:
            async with Client(streamable_http_client(URL, http_client=http), mode=mode) as client:
                if mode != "2026-07-28":  # that mode adopts the version without asking who is there
                    same(client.server_info.name, NAME)
                await use(client, mode, lambda r: (r.structured_content, bool(r.is_error)))


async def wrong_token():
    async with create_mcp_http_client(headers={"Authorization": "Bearer wrong"}) as http:
        answer = await http.post(URL, json={"jsonrpc": "2.0", "id": 1, "method": "ping"})
    same((answer.status_code, answer.headers["www-authenticate"]), (401, "Bearer"))


async def main():
    version = importlib.metadata.version("mcp")
    print(f"SDK {version}")
    await (generation_1() if version.startswith("1.") else generation_2())
    await wrong_token()
    print("ok")


asyncio.run(asyncio.wait_for(main(), 60))
