"""Botocore signs: reads a list of requests as JSON, prints the `Authorization` header of each."""
import datetime
import json
import sys

import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials


def authorization(call):
    moment = datetime.datetime.strptime(call["at"], "%Y%m%dT%H%M%SZ")
    botocore.auth.get_current_datetime = lambda: moment
    request = AWSRequest(
        method=call["method"],
        url=f"https://{call['host']}{call['path']}",
        params=[tuple(pair) for pair in call["query"]],
        headers={"Content-Type": call["content_type"]} if call["content_type"] else {},
        data=call["body"],
    )
    keys = Credentials(call["access_key_id"], call["secret_access_key"])
    botocore.auth.SigV4Auth(keys, "ses", call["region"]).add_auth(request)
    return request.headers["Authorization"]


print(json.dumps([authorization(call) for call in json.load(sys.stdin)]))
