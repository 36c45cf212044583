"""pywa, a WhatsApp client of other people, does what it is told: reads a list of tasks as JSON, prints what came of each."""
import json
import sys

import httpx
from pywa import WhatsApp, handlers
from pywa.types.templates import BodyText, TemplateLanguage

sent = []
heard = []


def answer(request):
    sent.append(
        {
            "line": f"{request.method} {request.url.raw_path.decode()}",
            "authorization": request.headers["authorization"],
            "body": json.loads(request.content),
        }
    )
    message = {"messaging_product": "whatsapp", "contacts": [{"input": "x", "wa_id": "16505551234"}], "messages": [{"id": "wamid.1"}]}
    return httpx.Response(200, json=message)


def client(task):
    return WhatsApp(
        task["phone_number_id"],
        task["access_token"],
        session=httpx.Client(transport=httpx.MockTransport(answer)),
        server=None,
        verify_token="word",
        app_secret=task["app_secret"],
        api_version="23.0",
    )


def send(task):
    """What it would send: a text, a template or a file."""
    whatsapp = client(task)
    common = {"tracker": task["tracker"]}
    if "template" in task:
        template = task["template"]
        params = BodyText.params(*template.get("by_position", []), **template.get("by_name", {}))
        whatsapp.send_template(task["to"], template["name"], TemplateLanguage(template["language"]), [params], **common)
    elif "image" in task:
        whatsapp.send_image(task["to"], task["image"], caption=task["text"], **common)
    else:
        whatsapp.send_message(task["to"], task["text"], **common)
    return sent.pop()


def person(update):
    return {"number": update.from_user.wa_id, "user_id": update.from_user.bsuid}


def text_of(update):
    return {"id": update.id, "at": int(update.timestamp.timestamp()), **person(update)}


def hear(task):
    """Whether it believes a call, and what it reads in it."""
    whatsapp = client(task)
    body = task["body"].encode()
    refused = whatsapp.webhook_update_validator(body, task["signature"])
    if refused:
        return refused[0]
    heard.clear()
    note = lambda read: lambda _, update: heard.append(read(update))  # noqa: E731
    whatsapp.add_handlers(
        handlers.MessageHandler(
            note(
                lambda message: {
                    **text_of(message),
                    "body": message.text or getattr(message, "caption", None) or "",
                    "file": message.media.id if message.media else None,
                }
            )
        ),
        handlers.CallbackButtonHandler(note(lambda button: {**text_of(button), "body": button.title, "file": None})),
        handlers.CallbackSelectionHandler(note(lambda row: {**text_of(row), "body": row.title, "file": None})),
        handlers.MessageStatusHandler(
            note(
                lambda status: {
                    "id": status.id,
                    "at": int(status.timestamp.timestamp()),
                    "status": status.status.value,
                    "tracker": status.tracker,
                    "code": status.error.code if status.error else None,
                }
            )
        ),
        handlers.UserMarketingPreferencesHandler(
            note(lambda told: {"at": int(told.timestamp.timestamp()), "marketing": told.value.value, **person(told)})
        ),
    )
    whatsapp.webhook_update_handler(body)
    return list(heard)


TASKS = {"send": send, "hear": hear}
print(json.dumps([TASKS[task["do"]](task) for task in json.load(sys.stdin)]))
