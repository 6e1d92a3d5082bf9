"""The official openai package against the scripted stand-in: `python openai_sdk.py URL`.

Run by tests/it/provider_manners.rs. Prints what it read and "ok", or fails with a traceback.
"""

import sys

import openai

CLIENT = openai.OpenAI(base_url=sys.argv[1], api_key="sk-test-python", max_retries=0)
NOTE = "Please keep a note that the demo is on Friday"
SHAPES = ["", "azure", "ollama", "gemini", "mistral", "deepseek", "openrouter", "crlf", "no-done"]
SAVE = {
    "name": "save_note",
    "description": "Saves a note.",
    "parameters": {"type": "object", "properties": {}},
}
CHAT_TOOL = {"type": "function", "function": SAVE}
RESPONSES_TOOL = {"type": "function", "strict": False, **SAVE}


def read_chat(message, **more):
    chunks = CLIENT.chat.completions.create(
        model="scripted-1",
        messages=[{"role": "user", "content": message}],
        stream=True,
        stream_options={"include_usage": True},
        **more,
    )
    text, calls, finish, usage = "", {}, None, None
    for chunk in chunks:
        usage = chunk.usage or usage
        for choice in chunk.choices:
            content = choice.delta.content
            text += content if isinstance(content, str) else "".join(p.get("text", "") for p in content or [])
            finish = choice.finish_reason or finish
            for piece in choice.delta.tool_calls or []:
                name, arguments = calls.get(piece.index, ("", ""))
                more_arguments = piece.function.arguments or ""
                if not isinstance(more_arguments, str):
                    more_arguments = "{}"
                calls[piece.index] = (name or piece.function.name, arguments + more_arguments)
    assert finish in ("stop", "tool_calls"), finish
    return text, [name for name, _ in calls.values()], usage


def read_responses(message, model="scripted-1", **more):
    with CLIENT.responses.stream(model=model, input=message, store=False, **more) as stream:
        kinds = [event.type for event in stream]
        return kinds, stream.get_final_response()


for shape in SHAPES:
    directive = f" [[shape:{shape}]]" if shape else ""
    text, calls, _ = read_chat("Show me markdown" + directive)
    assert "Concierge" in text and not calls, (shape, text)
    text, calls, usage = read_chat(NOTE + directive, tools=[CHAT_TOOL])
    assert calls == ["save_note"], (shape, calls)
    print("chat", shape or "openai", usage and usage.total_tokens)

whole = CLIENT.chat.completions.create(model="m", messages=[{"role": "user", "content": "Hello"}])
assert whole.choices[0].message.content.startswith("Hello!"), whole

kinds, response = read_responses("Show me markdown")
assert "Concierge" in response.output_text, response
assert kinds[0] == "response.created" and kinds[-1] == "response.completed", kinds
assert response.usage.total_tokens > 0, response.usage

kinds, response = read_responses(NOTE + " [[thought]]", tools=[RESPONSES_TOOL])
assert [item.type for item in response.output] == ["reasoning", "function_call"], response.output
assert response.output[0].encrypted_content and response.output[1].name == "save_note", response.output
print("responses", len(kinds), "events")

cut = CLIENT.responses.create(model="m", input="long 50 [[fault:length]]", stream=True)
last = [event for event in cut][-1]
assert last.type == "response.incomplete", last
assert last.response.incomplete_details.reason == "max_output_tokens", last

failed = CLIENT.responses.create(model="m", input="long 50 [[fault:error-mid]]", stream=True)
last = [event for event in failed][-1]
assert (last.type, last.response.error.code) == ("response.failed", "server_error"), last

whole = CLIENT.responses.create(model="m", input="Hello")
assert whole.output_text.startswith("Hello!"), whole

for fault, error in [
    ("401", openai.AuthenticationError),
    ("404", openai.NotFoundError),
    ("429", openai.RateLimitError),
    ("500", openai.InternalServerError),
    ("context", openai.BadRequestError),
]:
    for ask in (
        lambda m: CLIENT.chat.completions.create(model="m", messages=[{"role": "user", "content": m}]),
        lambda m: CLIENT.responses.create(model="m", input=m),
    ):
        try:
            ask(f"Hello [[fault:{fault}]]")
        except error as raised:
            assert raised.body["message"], raised
        else:
            raise AssertionError(fault)

assert [model.id for model in CLIENT.models.list()] == ["scripted-1", "scripted-2"]
print("ok")
