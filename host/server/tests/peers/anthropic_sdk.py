"""Streams a message by Anthropic's SDK, and says as JSON what came: python anthropic_sdk.py BASE TOKEN TEXT"""

import json
import sys

import anthropic

base, token, text = sys.argv[1:]
client = anthropic.Anthropic(base_url=base, api_key=token, max_retries=0)
try:
    with client.messages.stream(model="m", max_tokens=9, messages=[{"role": "user", "content": text}]) as stream:
        said = "".join(stream.text_stream)
        print(json.dumps({"said": said, "finish": stream.get_final_message().stop_reason}))
except anthropic.APIStatusError as error:
    print(json.dumps({"status": error.status_code, "code": error.body["error"]["type"]}))
