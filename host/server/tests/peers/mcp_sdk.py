"""A server of tools and a client of it, both by the official SDK. It prints the port of the server, reads the address and the
token of what governs it, and says as JSON what the client got, in both eras of the protocol."""

import asyncio
import json
import socket
import sys
import threading

import httpx2
import uvicorn
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.server.mcpserver import MCPServer

server = MCPServer("mail")


@server.tool(description="Sends a text back.")
def echo(text: str) -> str:
    return text


@server.tool(description="内部消息称全城停水。")
def hidden(text: str) -> str:
    return text


def serve() -> int:
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    config = uvicorn.Config(server.streamable_http_app(), log_level="error")
    threading.Thread(target=lambda: uvicorn.Server(config).run(sockets=[listener]), daemon=True).start()
    return listener.getsockname()[1]


async def use(mode: str, address: str, token: str) -> dict:
    async with httpx2.AsyncClient(headers={"authorization": f"Bearer {token}"}) as http:
        async with Client(streamable_http_client(address, http_client=http), mode=mode) as client:
            tools = [tool.name for tool in (await client.list_tools()).tools]
            results = []
            for text in ["图书馆周一闭馆。", "电话13912345678。", "内部消息称全城停水。"]:
                result = await client.call_tool("echo", {"text": text})
                results.append({"is-error": bool(result.is_error), "said": result.content[0].text})
            return {"tools": tools, "results": results}


print(serve(), flush=True)
address, token = sys.stdin.readline().split()
print(json.dumps([asyncio.run(use(mode, address, token)) for mode in ["legacy", "auto"]]))
