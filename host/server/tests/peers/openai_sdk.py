"""Streams a chat by OpenAI's SDK, and says as JSON what came: python openai_sdk.py BASE TOKEN TEXT"""

import json
import sys

import openai

base, token, text = sys.argv[1:]
client = openai.OpenAI(base_url=base, api_key=token, max_retries=0)
said, finish = "", None
try:
    stream = client.chat.completions.create(model="m", messages=[{"role": "user", "content": text}], stream=True)
    for chunk in stream:
        for choice in chunk.choices:
            said += choice.delta.content or ""
            finish = choice.finish_reason or finish
    print(json.dumps({"said": said, "finish": finish}))
except openai.APIStatusError as error:
    print(json.dumps({"status": error.status_code, "code": error.code}))
